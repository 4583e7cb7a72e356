using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests;

public sealed class IntervalSamplerTests
{
    [Theory]
    [InlineData(0, 1000, PredictionTarget.Epsilon)]
    [InlineData(0, 400, PredictionTarget.Epsilon)]
    [InlineData(400, 1000, PredictionTarget.Velocity)]
    [InlineData(0, 3, PredictionTarget.Sample)]
    public void Sample_PerfectModel_ArrivesAtTheCleanLatentsInsideItsInterval(int low, int high, PredictionTarget target)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var process = DiffusionProcess.Linear();
        var (real, noise) = (Tensor.Randn([2, 4, 3, 3], generator), Tensor.Randn([2, 4, 3, 3], generator));
        var asked = new List<long>();

        var sampled = new IntervalSampler(process, new(low, high), target, 10).Sample(real, noise, (x, t) =>
        {
            asked.Add(t);
            long[] all = [t, t];
            return target switch
            {
                PredictionTarget.Epsilon => process.NoiseFromX0(x, real, all),
                PredictionTarget.Velocity => process.Velocity(real, process.NoiseFromX0(x, real, all), all),
                _ => real.Clone(),
            };
        });

        Close.Assert(real.ToDoubles(), sampled.ToDoubles(), 1e-4, "latents");
        Assert.Equal(Math.Min(10, high - low), asked.Count);
        Assert.Equal(high - 1, asked[0]);
        Assert.All(asked, t => Assert.InRange(t, low, high - 1));
        Assert.Equal(asked.OrderDescending(), asked);
    }
}
