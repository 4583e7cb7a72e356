using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Tests.Optimization;

public sealed class MuonTests
{
    [Theory]
    [InlineData(48, 16)]
    [InlineData(16, 48)]
    public void Orthogonalize_RandomMatrix_HasRowsOrColumnsNearlyOrthonormal(int rows, int columns)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var x = Muon.Orthogonalize(Tensor.Randn([rows, columns], generator), 5);
        var gram = (rows > columns ? x.Transpose(0, 1).MatMul(x) : x.MatMul(x.Transpose(0, 1))).ToArray<float>();
        for (var i = 0; i < 16; i++)
            for (var j = 0; j < 16; j++)
            {
                // Five iterations leave singular values between about 0.7 and 1.2.
                if (i == j) Assert.InRange(gram[(i * 16) + j], 0.45f, 1.45f);
                else Assert.InRange(gram[(i * 16) + j], -0.35f, 0.35f);
            }
    }

    [Fact]
    public void Step_AnyGradient_MovesElementsByTheUpdateScale()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var parameter = Tensor.Zeros([64, 32]);
        parameter.Grad = Tensor.Randn([64, 32], generator) * 1e-4;
        using var muon = new Muon([new("w", parameter)]);
        muon.Step(1);
        var rms = Math.Sqrt(parameter.ToArray<float>().Average(v => (double)v * v));
        Assert.InRange(rms, 0.12, 0.25);
    }

    [Fact]
    public void Constructor_NotAMatrix_IsRefused()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var vector = Tensor.Zeros([3]);
        Assert.StartsWith("'bias' has 1 dimensions; Muon trains matrices", Assert.Throws<ArgumentException>(() => new Muon([new("bias", vector)])).Message, StringComparison.Ordinal);
    }
}
