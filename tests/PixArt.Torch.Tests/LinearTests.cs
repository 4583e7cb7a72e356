using System.Runtime.Intrinsics.X86;

namespace PixArt.Torch.Tests;

public sealed class LinearTests
{
    // Around the sizes of tiles (12 and 6 rows), panels (32 and 16 columns), transposed squares, packed depths and blocks of rows.
    [Theory]
    [InlineData(24, 16, 16)]
    [InlineData(25, 1, 1)]
    [InlineData(31, 15, 33)]
    [InlineData(37, 577, 31)]
    [InlineData(48, 1152, 64)]
    [InlineData(53, 1200, 95)]
    [InlineData(771, 40, 129)]
    [InlineData(1600, 17, 8)]
    public void Linear_WithoutGradients_EqualsTheFormula(long rows, long depth, long columns)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor x = Tensor.Randn([rows, depth], generator), weight = Tensor.Randn([columns, depth], generator), bias = Tensor.Randn([columns], generator);
        Tensor expected = Exactly(x, weight);
        AssertClose(expected, Functional.Linear(x, weight));
        AssertClose(expected + bias, Functional.Linear(x, weight, bias));
    }

    [Fact]
    public void Linear_ReadsOperandsWhereTheyLie()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        Tensor wide = Tensor.Randn([3, 20, 90], generator), weights = Tensor.Randn([70, 100], generator);
        Tensor x = wide.Narrow(2, 11, 40), weight = weights.Narrow(0, 5, 37).Narrow(1, 7, 40), bias = weights.Narrow(1, 3, 1).Reshape(70).Narrow(0, 1, 37);
        Tensor expected = Functional.Linear(x.Contiguous(), weight.Contiguous(), bias.Contiguous());
        Assert.Equal([3, 20, 37], expected.Shape);
        Assert.Equal(expected.ToArray<float>(), Functional.Linear(x, weight, bias).ToArray<float>());
        Assert.Equal(expected.ToArray<float>(), Functional.Linear(x.Transpose(0, 1).Contiguous().Transpose(0, 1), weight, bias).Contiguous().ToArray<float>());
        Tensor standing = weight.Transpose(0, 1).Contiguous().Transpose(0, 1);
        AssertClose(expected, Functional.Linear(x, standing, bias));
    }

    [Fact]
    public void Linear_ARowIsTheSameWhateverIsBesideItAndHoweverManyThreads()
    {
        Assert.SkipUnless(
            Avx2.IsSupported && Fma.IsSupported && Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY") != "default", "a BLAS does not promise it");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor x = Tensor.Randn([3, 70, 600], generator), weight = Tensor.Randn([200, 600], generator), bias = Tensor.Randn([200], generator);
        float[] all = Functional.Linear(x, weight, bias).ToArray<float>();
        for (long i = 0; i < 3; i++)
            Assert.Equal(all.AsSpan((int)(i * 70 * 200), 70 * 200).ToArray(), Functional.Linear(x.Narrow(0, i, 1), weight, bias).ToArray<float>());
        int before = LibTorch.NumThreads;
        try
        {
            foreach (int threads in (int[])[1, 3, 5, 16])
            {
                LibTorch.NumThreads = threads;
                Assert.Equal(all, Functional.Linear(x, weight, bias).ToArray<float>());
            }
        }
        finally
        {
            LibTorch.NumThreads = before;
        }
    }

    [Fact]
    public void Linear_WithGradients_GivesThem()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        Tensor x = Tensor.Randn([2, 30, 8], generator), weight = Tensor.Randn([5, 8], generator), bias = Tensor.Randn([5], generator);
        foreach (Tensor t in (Tensor[])[x, weight, bias]) t.RequiresGrad = true;
        Functional.Linear(x, weight, bias).Sum().Backward();
        AssertClose(Tensor.Ones([60, 1]).MatMul(weight.Detach().Sum([0], keepDim: true)).View(2, 30, 8), x.Grad!);
        AssertClose(Tensor.Ones([5, 1]).MatMul(x.Detach().Sum([0, 1]).View(1, 8)), weight.Grad!);
        AssertClose(Tensor.Full([5], 60), bias.Grad!);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    public void Linear_OfAnotherType_KeepsIt(ScalarType type)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        Tensor x = Tensor.Randn([40, 8], generator).To(type), weight = Tensor.Randn([5, 8], generator).To(type);
        Tensor actual = Functional.Linear(x, weight);
        Assert.Equal(type, actual.DType);
        AssertClose(Exactly(x, weight), actual, 1e-2);
    }

    [Fact]
    public void Linear_VectorsAndNothing_HaveTheirShapes()
    {
        using var scope = TensorScope.Begin();
        Tensor weight = Tensor.Ones([5, 8]);
        Assert.Equal([5], Functional.Linear(Tensor.Ones([8]), weight).Shape);
        Assert.Equal([0, 5], Functional.Linear(Tensor.Ones([0, 8]), weight).Shape);
        Assert.Equal([30, 0], Functional.Linear(Tensor.Ones([30, 8]), Tensor.Ones([0, 8])).Shape);
    }

    [Fact]
    public void Linear_ShapesThatDoNotFit_NamesThem()
    {
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<TorchException>(() => Functional.Linear(Tensor.Ones([30, 8]), Tensor.Ones([5, 9])));
        Assert.Contains("pixart::linear", error.Message);
        Assert.Contains("[30, 8]", error.Message);
        Assert.Contains("[5, 9]", error.Message);
    }

    private static Tensor Exactly(Tensor x, Tensor weight) => x.To(ScalarType.Float64).MatMul(weight.To(ScalarType.Float64).Transpose(0, 1));

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance = 1e-6)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        Tensor wanted = expected.To(ScalarType.Float64);
        double error = (actual.To(ScalarType.Float64) - wanted).Norm().Item<double>() / wanted.Norm().Item<double>();
        Assert.True(error < tolerance, $"relative error {error}");
    }
}
