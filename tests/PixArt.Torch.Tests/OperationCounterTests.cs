namespace PixArt.Torch.Tests;

public sealed class OperationCounterTests
{
    [Fact]
    public void Products_attention_and_convolutions_are_counted_from_their_shapes()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var counter = OperationCounter.Begin();
        Functional.Linear(Tensor.Ones([2, 3, 5]), Tensor.Ones([7, 5]));
        Assert.Equal(2 * 2 * 3 * 5 * 7, counter.ByOperator["pixart::linear"]);
        Tensor.Ones([4, 2, 3]).MatMul(Tensor.Ones([3, 5]));
        Assert.Equal(2 * 4 * 2 * 3 * 5, counter.ByOperator["aten::matmul"]);
        Functional.Conv2d(Tensor.Ones([2, 3, 9, 9]), Tensor.Ones([4, 3, 3, 3]), stride: 2, padding: 1);
        Assert.Equal(2 * 2 * 5 * 5 * 4 * 3 * 3 * 3, counter.ByOperator["aten::conv2d"]);
        double before = counter.Total;
        Functional.ScaledDotProductAttention(Tensor.Ones([1, 2, 6, 8]), Tensor.Ones([1, 2, 5, 8]), Tensor.Ones([1, 2, 5, 8]));
        Assert.Equal(2 * 2 * 6 * 5 * (8 + 8), counter.Total - before);
    }

    [Fact]
    public void Elementwise_work_and_what_is_outside_are_not_counted()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Ones([3, 3]);
        using (var counter = OperationCounter.Begin())
        {
            _ = (x + x).Exp();
            Assert.Equal(0, counter.Total);
            using var inner = OperationCounter.Begin();
            x.MatMul(x);
            Assert.Equal((54, 54), (counter.Total, inner.Total));
        }

        x.MatMul(x);
    }
}
