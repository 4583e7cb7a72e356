using PixArt.Torch;

namespace PixArt.Torch.Tests;

public sealed class AttentionTests
{
    [Theory]
    [InlineData(1, 2, 700, 500, 8, false)]
    [InlineData(2, 1, 33, 9000, 4, true)]
    [InlineData(1, 1, 5, 7, 3, true)]
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
}
