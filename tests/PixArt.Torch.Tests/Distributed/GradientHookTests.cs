using PixArt.TestKit;
using PixArt.Torch.Distributed;

namespace PixArt.Torch.Tests.Distributed;

public sealed class GradientHookTests
{
    [Fact]
    public void Hook_RunsAfterEachAccumulationUntilItIsDisposed()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var leaf = Tensor.FromArray([1f, 2], 2);
        leaf.RequiresGrad = true;
        var seen = new List<float[]>();
        using (new GradientHook(leaf, () =>
        {
            using var gradient = leaf.Grad!;
            seen.Add(gradient.ToArray<float>());
        }))
        {
            (leaf * 3).Sum().Backward();
            (leaf * leaf).Sum().Backward();
        }

        leaf.Sum().Backward();
        Assert.Equal([[3f, 3], [5f, 7]], seen);
    }

    [Fact]
    public void Hook_ThatThrows_IsThrownByBackward()
    {
        using var scope = TensorScope.Begin();
        var leaf = Tensor.Ones([2]);
        leaf.RequiresGrad = true;
        using var hook = new GradientHook(leaf, () => throw new InvalidDataException("of the hook"));
        Assert.Equal("of the hook", Assert.Throws<InvalidDataException>(() => leaf.Sum().Backward()).Message);
    }

    [Fact]
    public void Hook_OnWhatIsNoLeaf_IsRefused()
    {
        using var scope = TensorScope.Begin();
        Assert.Throws<TorchException>(() => new GradientHook(Tensor.Ones([2]), () => { }));
    }
}
