namespace PixArt.Torch.Tests;

public sealed class AutocastTests
{
    [Fact]
    public void Supports_TriesProductsForwardAndBackwardAndLeavesNothing()
    {
        using var leak = new LeakCheck();
        Assert.True(Autocast.Supports(ScalarType.BFloat16, Device.Cpu));
        // No libtorch has products of that type.
        Assert.False(Autocast.Supports(ScalarType.Bool, Device.Cpu));
        Assert.Null(Autocast.Type);
    }

    [Fact]
    public void Linear_UnderAutocast_ComputesInTheSmallTypeAndGivesFp32WithGradients()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var (x, w, b) = (Tensor.Randn([5, 7], generator), Tensor.Randn([3, 7], generator), Tensor.Randn([3], generator));
        w.RequiresGrad = true;
        var exact = Functional.Linear(x, w, b);

        Tensor cast;
        using (Autocast.Begin(ScalarType.BFloat16)) cast = Functional.Linear(x, w, b);
        cast.Sum().Backward();

        Assert.Equal(ScalarType.Float32, cast.DType);
        Close.Assert(Numbers(exact), Numbers(cast), 1e-2, "linear in bfloat16");
        Assert.NotEqual(Numbers(exact), Numbers(cast));
        Assert.Equal(ScalarType.Float32, w.Grad!.DType);
        var expected = x.Sum([0]).Unsqueeze(0).Expand(3, 7);
        Close.Assert(Numbers(expected), Numbers(w.Grad!), 1e-2, "gradient of the weight");
    }

    [Fact]
    public void Conv2d_UnderAutocast_ComputesInTheSmallTypeAndGivesFp32WithGradients()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var (x, w) = (Tensor.Randn([2, 4, 6, 6], generator), Tensor.Randn([5, 4, 3, 3], generator));
        w.RequiresGrad = true;
        var exact = Functional.Conv2d(x, w, padding: 1);
        exact.Square().Sum().Backward();
        var gradient = Numbers(w.Grad!);
        w.Grad = null;

        Tensor cast;
        using (Autocast.Begin(ScalarType.BFloat16)) cast = Functional.Conv2d(x, w, padding: 1);
        cast.Square().Sum().Backward();

        Assert.Equal(ScalarType.Float32, cast.DType);
        Close.Assert(Numbers(exact), Numbers(cast), 1e-2, "convolution in bfloat16");
        Close.Assert(gradient, Numbers(w.Grad!), 2e-2, "gradient of the weight");
    }

    [Fact]
    public void Attention_UnderAutocast_StaysNearTheExactOne()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var (q, k, v) = (Tensor.Randn([2, 3, 9, 8], generator), Tensor.Randn([2, 3, 5, 8], generator), Tensor.Randn([2, 3, 5, 8], generator));
        q.RequiresGrad = true;
        var exact = Functional.ScaledDotProductAttention(q, k, v);
        Tensor cast;
        using (Autocast.Begin(ScalarType.BFloat16)) cast = Functional.ScaledDotProductAttention(q, k, v);
        Assert.Equal(ScalarType.Float32, cast.DType);
        Close.Assert(Numbers(exact), Numbers(cast), 2e-2, "attention in bfloat16");
    }

    [Fact]
    public void Begin_Nested_RestoresWhatWasBefore()
    {
        Assert.Null(Autocast.Type);
        using (Autocast.Begin(ScalarType.BFloat16))
        {
            using (Autocast.Begin(null)) Assert.Null(Autocast.Type);
            Assert.Equal(ScalarType.BFloat16, Autocast.Type);
        }

        Assert.Null(Autocast.Type);
    }

    static double[] Numbers(Tensor tensor) => Array.ConvertAll(tensor.ToArray<float>(), v => (double)v);
}
