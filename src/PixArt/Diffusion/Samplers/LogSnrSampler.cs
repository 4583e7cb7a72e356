using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>A sampler that integrates over log-SNR between the points of a grid.</summary>
abstract class LogSnrSampler(SchedulerConfig config, StepGrid grid) : Sampler(config, grid.Timesteps)
{
    public override IReadOnlyList<double> Sigmas { get; } = grid.Sigmas;

    protected int Last => Timesteps.Count - 1;

    public override Tensor AddNoise(Tensor original, Tensor noise, int index)
    {
        var at = Point(index);
        return Scoped([(at.Alpha, original), (at.Sigma, noise)]);
    }

    /// <summary>The point before step <paramref name="index"/>; one past the last index is the end.</summary>
    protected PathPoint Point(int index) => PathPoint.At(Sigmas[index], Config.UseFlowSigmas);

    /// <summary>The clean sample that the model's output means, bounded as the configuration says.</summary>
    protected Tensor Original(StepInput step) => Prediction.Bounded(
        Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, Point(step.Index)), clips: false);

    /// <summary>The noise that the model's output means, and the clean sample it leaves.</summary>
    protected (Tensor Noise, Tensor Original) NoiseAndOriginal(StepInput step)
    {
        var at = Point(step.Index);
        var original = Original(step);
        var direct = Config is { Thresholding: false, PredictionType: PredictionType.Epsilon or PredictionType.Velocity };
        return (direct
            ? Prediction.ToNoise(Config.PredictionType, step.Output, step.Sample, at)
            : Prediction.NoiseOf(original, step.Sample, at), original);
    }
}
