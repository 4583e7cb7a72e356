using PixArt.Torch;
using PixArt.Training.Ranks;

namespace PixArt.Training.Tests.Ranks;

public sealed class BatchShareTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Parts_OfAllRanks_AreTheWhole(int world)
    {
        int[] batch = [.. Enumerable.Range(0, 8)];
        Assert.Equal(batch, Enumerable.Range(0, world).SelectMany(rank => new BatchShare(rank, world).Of(batch)));
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(4, 16)]
    public void Noise_OfAllRanks_IsThatOfTheWholeBatch_ForAnySize(long channels, long side)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var one = new Generator(7);
        var whole = new[] { Tensor.Randn([4, channels, side, side], one), Tensor.Rand([4, channels], one) };
        var parts = Enumerable.Range(0, 2).Select(rank =>
        {
            using var generator = new Generator(7);
            var noise = new BatchNoise(generator, new(rank, 2));
            return new[] { noise.Normal([2, channels, side, side]), noise.Uniform([2, channels]) };
        }).ToArray();
        for (var i = 0; i < whole.Length; i++) Assert.Equal(whole[i].ToArray<float>(), Tensor.Cat([parts[0][i], parts[1][i]]).ToArray<float>());
    }
}
