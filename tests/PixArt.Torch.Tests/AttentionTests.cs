using PixArt.Torch;

namespace PixArt.Torch.Tests;

public sealed class AttentionTests
{
    [Theory]
    [InlineData(1, 2, 700, 500, 8, false)]
    [InlineData(2, 1, 33, 9000, 4, true)]
    [InlineData(1, 1, 5, 7, 3, true)]
    [InlineData(2, 3, 64, 64, 72, false)]
    [InlineData(1, 2, 61, 513, 72, true)]
    [InlineData(1, 1, 130, 40, 16, false)]
    [InlineData(1, 1, 20, 100, 33, true)]
    [InlineData(1, 1, 20, 100, 48, true)]
    [InlineData(1, 1, 20, 100, 64, true)]
    [InlineData(1, 1, 70, 1100, 200, false)]
    public void ScaledDotProductAttention_WithoutGradients_EqualsTheFormula(long b, long h, long n, long m, long d, bool masked)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor q = Tensor.Randn([b, h, n, d], generator), k = Tensor.Randn([b, h, m, d], generator), v = Tensor.Randn([b, h, m, d], generator);
        Tensor? mask = masked ? Tensor.Randn([b, 1, 1, m], generator) : null;
        Tensor scores = q.MatMul(k.Transpose(-2, -1)) / Math.Sqrt(d);
        Tensor expected = Functional.Softmax(mask is null ? scores : scores + mask, -1).MatMul(v);
        Tensor actual = Functional.ScaledDotProductAttention(q, k, v, mask);
        Assert.Equal(expected.Shape, actual.Shape);
        double error = (actual - expected).Norm().Item<float>() / expected.Norm().Item<float>();
        Assert.True(error < 1e-6, $"relative error {error}");
    }

    [Fact]
    public void ScaledDotProductAttention_ReadsOperandsWhereTheyLie()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        // [B, N, 3, H, D]: as one projection gives them.
        Tensor all = Tensor.Randn([2, 50, 3, 4, 24], generator);
        Tensor Part(long i) => all.Select(2, i).Transpose(1, 2);
        Tensor expected = Functional.ScaledDotProductAttention(Part(0).Contiguous(), Part(1).Contiguous(), Part(2).Contiguous());
        Assert.Equal(expected.ToArray<float>(), Functional.ScaledDotProductAttention(Part(0), Part(1), Part(2)).ToArray<float>());
    }

    [Fact]
    public void ScaledDotProductAttention_OfOneOfABatch_EqualsIt()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor q = Tensor.Randn([3, 2, 90, 40], generator), k = Tensor.Randn([3, 2, 700, 40], generator), v = Tensor.Randn([3, 2, 700, 40], generator);
        Tensor all = Functional.ScaledDotProductAttention(q, k, v);
        for (long i = 0; i < 3; i++)
        {
            Tensor one = Functional.ScaledDotProductAttention(q.Narrow(0, i, 1), k.Narrow(0, i, 1), v.Narrow(0, i, 1));
            Assert.Equal(all.Narrow(0, i, 1).ToArray<float>(), one.ToArray<float>());
        }
    }

    [Fact]
    public void ScaledDotProductAttention_KeysMaskedOut_CountNothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        Tensor q = Tensor.Randn([1, 1, 10, 8], generator), k = Tensor.Randn([1, 1, 600, 8], generator), v = Tensor.Randn([1, 1, 600, 8], generator);
        // The first block of keys is masked whole, and some of the second.
        Tensor mask = Tensor.Cat([Tensor.Full([530], double.NegativeInfinity), Tensor.Zeros([70])]).View(1, 1, 1, 600);
        Tensor expected = Functional.ScaledDotProductAttention(q, k.Narrow(2, 530, 70), v.Narrow(2, 530, 70));
        Tensor actual = Functional.ScaledDotProductAttention(q, k, v, mask);
        Assert.True((actual - expected).Abs().Max().Item<float>() < 1e-6);
        Tensor nothing = Functional.ScaledDotProductAttention(q, k, v, Tensor.Full([1, 1, 1, 600], double.NegativeInfinity));
        Assert.All(nothing.ToArray<float>(), x => Assert.True(float.IsNaN(x)));
    }

    [Fact]
    public void ScaledDotProductAttention_LargeScores_StayExact()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        Tensor q = Tensor.Randn([1, 1, 30, 64], generator) * 40, k = Tensor.Randn([1, 1, 1000, 64], generator) * 40, v = Tensor.Randn([1, 1, 1000, 64], generator);
        Tensor scores = q.To(ScalarType.Float64).MatMul(k.To(ScalarType.Float64).Transpose(-2, -1)) / 8;
        Tensor expected = Functional.Softmax(scores, -1).MatMul(v.To(ScalarType.Float64));
        Tensor actual = Functional.ScaledDotProductAttention(q, k, v).To(ScalarType.Float64);
        Assert.True((actual - expected).Abs().Max().Item<double>() < 2e-3);
    }
}
