using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Tests.Optimization;

public sealed class AdamWTests
{
    [Fact]
    public void Step_SpansAndTensorOperations_AgreeToTheLastDigits()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        // A transposed parameter is not contiguous, so it takes the way of tensor operations.
        var flat = Tensor.Randn([70_001, 3], generator);
        var strided = flat.Transpose(0, 1).Contiguous().Transpose(0, 1);
        Assert.False(strided.IsContiguous);
        using var onSpans = new AdamW([new("w", flat)]);
        using var onTensors = new AdamW([new("w", strided)]);

        for (var step = 0; step < 3; step++)
        {
            var gradient = Tensor.Randn([70_001, 3], generator);
            (flat.Grad, strided.Grad) = (gradient, gradient);
            onSpans.Step(1e-2, 0.5);
            onTensors.Step(1e-2, 0.5);
        }

        Close.Assert(strided.ToDoubles(), flat.ToDoubles(), 1e-6, "parameters");
    }

    [Fact]
    public void Step_ParameterWithoutGradient_StaysAsItIs()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var parameter = Tensor.Ones([4]);
        using var optimizer = new AdamW([new("w", parameter)]);
        optimizer.Step(0.1);
        Assert.Equal([1f, 1f, 1f, 1f], parameter.ToArray<float>());
    }

    [Fact]
    public void Of_TwoGradients_IsTheNormOfBothTogether()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var (a, b) = (Tensor.Zeros([1000, 100]), Tensor.Zeros([3]));
        (a.Grad, b.Grad) = (Tensor.Full([1000, 100], 0.25), Tensor.Full([3], 2));
        Assert.Equal(Math.Sqrt((100_000 * 0.0625) + 12), GradientNorm.Of([new("a", a), new("b", b)]), 1e-5);
    }

    [Theory]
    [InlineData(4.0, 1.0, 0.25)]
    [InlineData(0.5, 1.0, 1.0)]
    [InlineData(4.0, null, 1.0)]
    public void ClipFactor_Norm_IsCutToTheLimit(double norm, double? limit, double expected) =>
        Assert.Equal(expected, GradientNorm.ClipFactor(norm, limit), 1e-6);
}
