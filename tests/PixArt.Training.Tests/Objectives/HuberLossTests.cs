using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training.Tests.Objectives;

public sealed class HuberLossTests
{
    static readonly DiffusionProcess s_process = DiffusionProcess.Linear();

    [Theory]
    [InlineData(HuberSchedule.Constant, false)]
    [InlineData(HuberSchedule.Exponential, false)]
    [InlineData(HuberSchedule.Snr, false)]
    [InlineData(HuberSchedule.Constant, true)]
    [InlineData(HuberSchedule.Snr, true)]
    public void PerSample_AnySchedule_IsThePublishedFormula(HuberSchedule schedule, bool smooth)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        long[] t = [0, 400, 999];
        var (x0, noise, prediction) = (Tensor.Randn([3, 4, 5, 2], generator), Tensor.Randn([3, 4, 5, 2], generator), Tensor.Randn([3, 8, 5, 2], generator));
        var objective = new MeanSquareObjective(s_process) { Huber = new() { C = 0.1, Schedule = schedule, SmoothL1 = smooth } };
        var actual = objective.PerSample(new(x0, noise, x0, t), prediction).ToDoubles();
        var (predicted, wanted) = (prediction.Narrow(1, 0, 4).ToDoubles(), noise.ToDoubles());
        for (var b = 0; b < 3; b++)
        {
            var product = s_process.AlphasCumprod[t[b]];
            var c = schedule switch
            {
                HuberSchedule.Constant => 0.1,
                // exp(-alpha t) with alpha = -ln(c) / T.
                HuberSchedule.Exponential => Math.Exp(Math.Log(0.1) / 1000 * t[b]),
                _ => ((1 - 0.1) / Math.Pow(1 + Math.Sqrt((1 - product) / product), 2)) + 0.1,
            };
            var mean = Enumerable.Range(b * 40, 40).Average(i => 2 * (smooth ? 1 : c) * (Math.Sqrt(Math.Pow(predicted[i] - wanted[i], 2) + (c * c)) - c));
            Close.Assert(mean, actual[b], 1e-5, $"{schedule} {smooth} at {t[b]}");
        }
    }

    [Fact]
    public void PerSample_ErrorsFarBelowC_AreTheirSquares()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var (zero, small) = (Tensor.Zeros([1, 1, 2, 2]), Tensor.Full([1, 1, 2, 2], 0.01));
        var huber = new HuberLoss { C = 1, Schedule = HuberSchedule.Constant };
        Assert.Equal(1e-4, huber.PerSample(small, zero, s_process, [5]).Item<float>(), 1e-6);
    }

    [Fact]
    public void At_OfPureNoise_IsC() => Assert.Equal(0.1, new HuberLoss().At(s_process.WithZeroTerminalSnr(), 999), 1e-12);
}
