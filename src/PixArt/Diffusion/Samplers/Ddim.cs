using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>DDIM (Song et al. 2021, equation 12), from deterministic (η = 0) to ancestral (η = 1).</summary>
sealed class Ddim(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    : AlphaSampler(config, schedule, TimestepGrid.ToFirst(config, RequireSteps(config, options)))
{
    readonly int _stride = config.NumTrainTimesteps / RequireSteps(config, options);
    readonly double _eta = options.Eta ?? 0;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var timestep = Timesteps[step.Index];
        var at = Point(timestep);
        // A fixed stride back, which need not be the next timestep of the list.
        double alphaCumprod = AlphaCumprod(timestep), before = AlphaCumprod(timestep - _stride);
        var original = Prediction.Bounded(
            Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, at));
        var noise = options.UseClippedModelOutput || Config.PredictionType == PredictionType.Sample
            ? NoiseFrom(options.UseClippedModelOutput ? original : step.Output, step.Sample, at)
            : Prediction.ToNoise(Config.PredictionType, step.Output, step.Sample, at);
        var variance = (1 - before) / (1 - alphaCumprod) * (1 - (alphaCumprod / before));
        var deviation = _eta * Math.Sqrt(variance);
        var previous = WeightedSum.Of(
            (Math.Sqrt(before), original),
            (Math.Sqrt(1 - before - (deviation * deviation)), noise),
            (deviation, _eta > 0 ? Draw(step) : noise));
        return (previous, original);
    }

    static Tensor NoiseFrom(Tensor original, Tensor sample, PathPoint at) => Prediction.NoiseOf(original, sample, at);

    static int RequireSteps(SchedulerConfig config, SamplerOptions options) => options.Steps
        ?? throw new InvalidSettingException("timesteps", "given", $"a number of steps with {config.ClassName}");
}
