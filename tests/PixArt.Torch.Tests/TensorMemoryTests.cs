using PixArt.TestKit;
using PixArt.Torch;

namespace PixArt.Torch.Tests;

public sealed class TensorMemoryTests
{
    const int MiB = 1 << 20;

    [Fact]
    public void FreedMemory_IsKeptForTheNextTensor_AndGivenBackByTrim()
    {
        LibTorch.TrimMemory();
        var (used, kept) = LibTorch.TensorMemory;
        Assert.Equal(0, kept);
        using (var x = Tensor.Ones([3 * MiB])) Assert.Equal((used + 12 * MiB, 0), LibTorch.TensorMemory);
        Assert.Equal((used, 12 * MiB), LibTorch.TensorMemory);
        using (var smaller = Tensor.Ones([MiB])) Assert.Equal((used + 4 * MiB, 8 * MiB), LibTorch.TensorMemory);
        LibTorch.TrimMemory();
        Assert.Equal((used, 0), LibTorch.TensorMemory);
    }

    [Fact]
    public void SmallTensors_AreTheCLibrarys()
    {
        var before = LibTorch.TensorMemory;
        using var x = Tensor.Ones([1000]);
        Assert.Equal(before, LibTorch.TensorMemory);
    }

    [Fact]
    public void UsedAndKept_NeverExceedTheMostInUse_AndNoTwoTensorsShareMemory()
    {
        using var leak = new LeakCheck();
        LibTorch.TrimMemory();
        var random = new Random(5);
        var most = LibTorch.TensorMemory.Used;
        List<(Tensor Tensor, float Value)> alive = [];
        for (var step = 0; step < 400; step++)
        {
            if (alive.Count == 0 || (alive.Count < 12 && random.Next(2) == 0))
            {
                // Pages are 4 KiB or more: sizes that end within one too.
                alive.Add((Tensor.Full([random.Next(MiB / 4, 2 * MiB)], step), step));
            }
            else
            {
                var (tensor, value) = alive[random.Next(alive.Count)];
                alive.Remove((tensor, value));
                using var scope = TensorScope.Begin();
                Assert.Equal((value, value), (tensor.Min().Item<float>(), tensor.Max().Item<float>()));
                tensor.Dispose();
            }

            var (used, kept) = LibTorch.TensorMemory;
            most = Math.Max(most, used);
            Assert.InRange(used + kept, 0, most);
        }

        foreach (var (tensor, _) in alive) tensor.Dispose();
    }

    [Fact]
    public void ATensorBeyondTheMachine_IsAnError()
    {
        var e = Assert.Throws<TorchException>(() => Tensor.Zeros([1L << 50]));
        Assert.Contains("memory", e.Message, StringComparison.Ordinal);
    }
}
