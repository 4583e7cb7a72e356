using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Consistency sampling (Luo et al. 2023, algorithm 3): each step predicts the clean latents and noises them again for
/// the next. The last step returns the prediction itself; the original repository's grid noises that too, at its own
/// timestep, and decodes the prediction.
/// </summary>
sealed class Lcm(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    : AlphaSampler(config, schedule, DistillationGrid.Create(config, options))
{
    const double DataDeviation = 0.5;

    public override bool EndsOnPrediction => options.LcmGrid == LcmGrid.Strided;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var timestep = Timesteps[step.Index];
        var original = Prediction.Bounded(
            Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, Point(timestep)));
        var scaled = timestep * Config.TimestepScaling;
        var denominator = (scaled * scaled) + (DataDeviation * DataDeviation);
        var denoised = WeightedSum.Of(
            (scaled / Math.Sqrt(denominator), original),
            (DataDeviation * DataDeviation / denominator, step.Sample));
        var last = step.Index == Timesteps.Count - 1;
        if (Timesteps.Count == 1 || (last && options.LcmGrid == LcmGrid.Even)) return (denoised, denoised);
        var next = Point(last ? timestep : Timesteps[step.Index + 1]);
        return (WeightedSum.Of((next.Alpha, denoised), (next.Sigma, Draw(step))), denoised);
    }
}
