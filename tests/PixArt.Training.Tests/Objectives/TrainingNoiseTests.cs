using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

public sealed class TrainingNoiseTests
{
    static readonly long[] s_shape = [64, 4, 16, 16];

    [Fact]
    public void Draw_WithoutOptions_IsTheStreamOfThePassAlone()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new RandomKey(7, RandomPurpose.Noise, 3, 1).Generator();
        var drawn = Draw(new(), pass: 3, part: 1);
        Assert.Same(drawn.Wanted, drawn.Mixed);
        Assert.Equal(Tensor.Randn(s_shape, generator).ToArray<float>(), drawn.Wanted.ToArray<float>());
    }

    [Fact]
    public void Draw_Offset_MovesWholeChannelsAndIsWhatTheModelShallPredict()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var drawn = Draw(new() { Offset = 0.5 });
        var offsets = drawn.Wanted - Draw(new()).Wanted;
        Assert.Same(drawn.Wanted, drawn.Mixed);
        // The same all over a channel, to the rounding of the difference.
        Assert.InRange(offsets.Std([2, 3]).Max().Item<float>(), 0, 1e-6);
        Assert.InRange(offsets.Mean([2, 3]).Std([0, 1]).Item<float>(), 0.42, 0.58);
    }

    [Fact]
    public void Draw_OffsetOfSomeBatches_FollowsTheProbability()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var options = new NoiseOptions { Offset = 0.1, OffsetProbability = 0.25 };
        var offset = 0;
        for (var pass = 0; pass < 400; pass++)
        {
            using var inside = TensorScope.Begin();
            var noise = new TrainingNoise(options, 7);
            var plain = new TrainingNoise(new(), 7);
            if (noise.Draw([1, 1, 1, 1], Device.Cpu, pass, 0, 0).Wanted.Item<float>() != plain.Draw([1, 1, 1, 1], Device.Cpu, pass, 0, 0).Wanted.Item<float>()) offset++;
        }

        Assert.InRange(offset, 70, 130);
    }

    [Theory]
    [InlineData(0, 0.2)]
    [InlineData(50, 0.1)]
    [InlineData(100, 0)]
    [InlineData(500, 0)]
    public void Draw_PerturbationThatFalls_IsInWhatTheModelSeesAlone(long step, double expected)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var drawn = Draw(new() { Perturbation = 0.2, PerturbationSteps = 100 }, step: step);
        Assert.Equal(Draw(new()).Wanted.ToArray<float>(), drawn.Wanted.ToArray<float>());
        Assert.Equal(expected, (drawn.Mixed - drawn.Wanted).Std([0, 1, 2, 3]).Item<float>(), 3e-3);
    }

    static DrawnNoise Draw(NoiseOptions options, long pass = 0, int part = 0, long step = 0) =>
        new TrainingNoise(options, 7).Draw(s_shape, Device.Cpu, pass, part, step);
}
