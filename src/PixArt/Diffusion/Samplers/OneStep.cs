using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// One evaluation at one timestep, whose predicted clean latents are the result: models distilled by distribution matching (DMD, Yin et al.
/// 2024). They read pure noise as if it were the noisy latents of timestep 400, where their training put them.
/// </summary>
sealed class OneStep(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    : AlphaSampler(config, schedule, Grid(config, options))
{
    /// <summary>Where the released model was trained.</summary>
    internal const int Timestep = 400;

    public override bool EndsOnPrediction => true;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var original = Prediction.Bounded(
            Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, Point(Timesteps[step.Index])));
        return (original, original);
    }

    static double[] Grid(SchedulerConfig config, SamplerOptions options)
    {
        if (options.Timesteps is [var own]) return [own];
        if (options.Timesteps is { } several) throw new InvalidSettingException("timesteps", string.Join(", ", several), $"one with {config.ClassName}");
        if (options.Steps is not 1) throw new InvalidSettingException("steps", options.Steps, $"1 with {config.ClassName}: its model makes a picture in one step");
        if (config.NumTrainTimesteps <= Timestep)
            throw new InvalidSettingException("num_train_timesteps", config.NumTrainTimesteps, $"more than {Timestep}, or a timestep that is given");
        return [Timestep];
    }
}
