using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

public sealed class TimestepSamplerTests
{
    public static TheoryData<int, int> Intervals => new() { { 0, 1000 }, { 0, 400 }, { 400, 1000 }, { 17, 18 }, { 990, 1000 } };

    [Theory]
    [MemberData(nameof(Intervals))]
    public void Draw_AnyBatchSize_StaysInsideAndFillsEveryStratumOnce(int low, int high)
    {
        var sampler = new TimestepSampler(new(low, high));
        for (var count = 1; count <= 256; count++)
        {
            var random = new RandomKey(7, RandomPurpose.Timestep, count).Stream();
            var drawn = sampler.Draw(count, ref random);
            Assert.All(drawn, t => Assert.InRange(t, low, high - 1));
            Array.Sort(drawn);
            for (var i = 0; i < count; i++)
            {
                // The i-th smallest lies in [i/B, (i+1)/B) of the interval, rounded down to an integer.
                var (from, to) = (low + ((double)i / count * (high - low)), low + ((i + 1.0) / count * (high - low)));
                Assert.InRange(drawn[i], (long)Math.Floor(from), (long)Math.Ceiling(to));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Draw_ManyBatches_MarginalIsTheWeights(int count)
    {
        const int draws = 60_000;
        var sampler = new TimestepSampler(new(400, 1000), new TimestepBias(300, 500, 3));
        var histogram = new double[6];
        for (var step = 0; step < draws / count; step++)
        {
            var random = new RandomKey(11, RandomPurpose.Timestep, step).Stream();
            foreach (var t in sampler.Draw(count, ref random)) histogram[(t - 400) / 100]++;
        }

        var total = histogram.Sum();
        // Weights: 3 for [400, 500), 1 for the five hundreds above; five standard deviations of independent draws.
        for (var i = 0; i < 6; i++)
        {
            var expected = i == 0 ? 3.0 / 8 : 1.0 / 8;
            Assert.Equal(expected, histogram[i] / total, 5 * Math.Sqrt(expected * (1 - expected) / total));
        }
    }

    [Fact]
    public void Draw_OneBatch_PositionSaysNothingAboutNoiseLevel()
    {
        var sampler = new TimestepSampler(new(0, 1000));
        var first = 0.0;
        const int batches = 4000;
        for (var step = 0; step < batches; step++)
        {
            var random = new RandomKey(3, RandomPurpose.Timestep, step).Stream();
            first += sampler.Draw(16, ref random)[0];
        }

        Assert.Equal(499.5, first / batches, 5 * 288.7 / Math.Sqrt(batches));
    }

    [Fact]
    public void Constructor_BiasOutsideTheInterval_IsRefused()
    {
        var error = Assert.Throws<InvalidSettingException>(() => new TimestepSampler(new(400, 1000), new TimestepBias(0, 250, 2)));
        Assert.Equal("objective.bias is '[0, 250)', expected timesteps that meet the interval [400, 1000)", error.Message);
    }

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(10, 10)]
    [InlineData(0, 1001)]
    public void Constructor_IntervalOutsideTheSchedule_IsRefused(int low, int high) =>
        Assert.Equal($"interval is [{low}, {high}), expected 0 <= low < high <= 1000", Assert.Throws<InvalidSettingException>(() => new TimestepSampler(new(low, high))).Message);
}
