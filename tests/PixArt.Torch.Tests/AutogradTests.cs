using PixArt.Torch;

namespace PixArt.Torch.Tests;

public sealed class AutogradTests
{
    [Fact]
    public void Backward_AccumulatesInLeaves()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.FromArray(new[] { 1f, 2f, 3f }, 3);
        x.RequiresGrad = true;
        (x * x).Sum().Backward();
        (x * x).Sum().Backward();
        Assert.Equal([4f, 8f, 12f], x.Grad!.ToArray<float>());
        x.Grad = null;
        Assert.Null(x.Grad);
    }

    [Fact]
    public void Grad_OfUnusedInput_IsNull()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Ones([2]), y = Tensor.Ones([2]);
        x.RequiresGrad = y.RequiresGrad = true;
        Tensor?[] g = Autograd.Grad([x.Square().Sum()], [x, y]);
        Assert.Equal([2f, 2f], g[0]!.ToArray<float>());
        Assert.Null(g[1]);
    }

    [Fact]
    public void NoGrad_RecordsNothing()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Ones([2]);
        x.RequiresGrad = true;
        using (GradMode.Disable()) Assert.False((x * 2).RequiresGrad);
        Assert.True((x * 2).RequiresGrad);
    }

    [Fact]
    public void Checkpoint_GivesTheGradientsOfThePlainCall_AndLeaksNothing()
    {
        long before = LibTorch.LiveTensorCount;
        using (var scope = TensorScope.Begin())
        {
            Tensor x = Tensor.Rand([4, 5]), w = Tensor.Rand([5, 5]);
            x.RequiresGrad = w.RequiresGrad = true;
            int calls = 0;

            Tensor Body(Tensor[] inputs)
            {
                calls++;
                return Functional.Gelu(inputs[0].MatMul(w)).Tanh();
            }

            Body([x]).Square().Sum().Backward();
            float[] plainX = x.Grad!.ToArray<float>(), plainW = w.Grad!.ToArray<float>();
            x.Grad = w.Grad = null;
            Autograd.Checkpoint(Body, x).Square().Sum().Backward();
            Assert.Equal(3, calls);
            Assert.Equal(plainX, x.Grad!.ToArray<float>());
            Assert.Equal(plainW, w.Grad!.ToArray<float>());
        }

        GC.Collect();
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void Checkpoint_RecomputesInTheTypeOfTheFirstTime()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        Tensor x = Tensor.Randn([4, 8], generator), w = Tensor.Randn([8, 8], generator);
        x.RequiresGrad = w.RequiresGrad = true;
        var types = new List<ScalarType?>();

        Tensor Body(Tensor[] inputs)
        {
            types.Add(Autocast.Type);
            return Functional.Linear(inputs[0], w);
        }

        Tensor inBf16, plain;
        using (Autocast.Begin(ScalarType.BFloat16)) inBf16 = Autograd.Checkpoint(Body, x);
        inBf16.Sum().Backward();
        plain = Autograd.Checkpoint(Body, x);
        using (Autocast.Begin(ScalarType.BFloat16)) plain.Sum().Backward();
        Assert.Equal([ScalarType.BFloat16, ScalarType.BFloat16, null, null], types);
    }

    [Fact]
    public void Checkpoint_ThatThrowsInBackward_ThrowsTheSameException()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Tensor.Ones([2]);
        x.RequiresGrad = true;
        int calls = 0;
        Tensor y = Autograd.Checkpoint(inputs => calls++ == 0 ? inputs[0] * 2 : throw new InvalidDataException("second time"), x);
        Assert.Throws<InvalidDataException>(() => y.Sum().Backward());
    }
}
