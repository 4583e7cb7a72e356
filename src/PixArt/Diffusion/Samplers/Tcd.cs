using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Trajectory consistency sampling (Zheng et al. 2024, algorithm 4): a step to a point below the next timestep by the
/// share η, and fresh noise up to it.
/// </summary>
sealed class Tcd(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    : AlphaSampler(config, schedule, DistillationGrid.Create(config, options))
{
    readonly double _eta = options.Eta ?? 0.3;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var at = Point(Timesteps[step.Index]);
        var last = step.Index == Timesteps.Count - 1;
        var next = last ? 0 : Timesteps[step.Index + 1];
        var landing = Math.Floor((float)(1 - _eta) * (float)next);
        var original = Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, at);
        var noise = Prediction.ToNoise(Config.PredictionType, step.Output, step.Sample, at);
        var below = Point(landing);
        var landed = WeightedSum.Of((below.Alpha, original), (below.Sigma, noise));
        if (_eta == 0 || last) return (landed, original);
        var kept = AlphaCumprod(next) / AlphaCumprod(landing);
        return (WeightedSum.Of((Math.Sqrt(kept), landed), (Math.Sqrt(1 - kept), Draw(step))), original);
    }
}
