using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Ancestral sampling (Ho et al. 2020, algorithm 2) over any falling list of timesteps, with fixed or learned variance
/// (Nichol and Dhariwal 2021, equation 15).
/// </summary>
sealed class Ddpm(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    : AlphaSampler(config, schedule, Grid(config, options))
{
    const double SmallestVariance = 1e-20;

    public override bool UsesLearnedVariance => Config.VarianceType is VarianceType.Learned or VarianceType.LearnedRange;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var timestep = Timesteps[step.Index];
        var next = step.Index + 1 < Timesteps.Count ? Timesteps[step.Index + 1] : -1;
        double alphaCumprod = AlphaCumprod(timestep), before = next >= 0 ? AlphaCumprod(next) : 1;
        var alpha = alphaCumprod / before;
        var beta = 1 - alpha;
        var original = Prediction.Bounded(
            Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, Point(timestep)));
        var mean = WeightedSum.Of(
            (Math.Sqrt(before) * beta / (1 - alphaCumprod), original),
            (Math.Sqrt(alpha) * (1 - before) / (1 - alphaCumprod), step.Sample));
        if (timestep > 0)
        {
            var noise = Draw(step);
            var posterior = Math.Max((1 - before) / (1 - alphaCumprod) * beta, SmallestVariance);
            if (LearnedDeviation(step, posterior, beta) is { } learned) mean.AddInPlace(noise * learned);
            else mean.AddInPlace(noise, FixedDeviation(posterior, beta));
        }

        return (mean, original);
    }

    Tensor? LearnedDeviation(StepInput step, double posterior, double beta)
    {
        if (!UsesLearnedVariance) return null;
        var variance = step.Variance ?? throw new InvalidSettingException(
            "variance_type", Config.VarianceType, "a model with twice the latents' channels, or a fixed variance");
        if (Config.VarianceType == VarianceType.Learned) return variance.Sqrt();
        // v in [-1, 1] walks from the posterior's to the forward process's log-variance.
        double low = Math.Log(posterior), high = Math.Log(beta);
        return (variance * ((high - low) / 2) + ((high + low) / 2)).MulInPlace(0.5).Exp();
    }

    double FixedDeviation(double posterior, double beta) => Config.VarianceType switch
    {
        VarianceType.FixedLarge => Math.Sqrt(beta),
        VarianceType.FixedLargeLog => Math.Sqrt(Math.Log(beta)),
        _ => Math.Sqrt(posterior),
    };

    static double[] Grid(SchedulerConfig config, SamplerOptions options) => options.Timesteps is { } own
        ? Diffusion.Grid.Truncate([.. own])
        : TimestepGrid.ToFirst(config, options.Steps ?? throw new InvalidSettingException(
            "sigmas", "given", $"steps or timesteps with {config.ClassName}"));
}
