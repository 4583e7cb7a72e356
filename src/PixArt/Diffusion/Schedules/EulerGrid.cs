namespace PixArt.Diffusion;

/// <summary>The step grids of the solvers that walk in the noise level itself: Euler, Heun, DPM2 and LMS.</summary>
static class EulerGrid
{
    public static StepGrid Create(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    {
        var table = schedule.Sigmas();
        var logs = Array.ConvertAll(table, s => (float)Math.Log(s));
        if (options.Sigmas is { } given) return OfSigmas(config, [.. given], logs);

        var timesteps = options.Timesteps is { } own
            ? Grid.Single([.. own])
            : TimestepGrid.ToFirst(config, options.Steps!.Value, whole: false);
        var sigmas = config.InterpolationType is "log_linear"
            ? [.. Grid.LinspaceSingle(logs[^1], logs[0], timesteps.Length + 1).Select(log => (double)MathF.Exp(log))]
            : Array.ConvertAll(timesteps, t => Grid.Interpolate(table, t));
        if (SigmaGrid.Chosen(config, sigmas[0], sigmas[^1], timesteps.Length) is { } chosen)
        {
            if (options.Timesteps is not null)
                throw new InvalidSettingException("timesteps", "given", "steps, as the configuration lays its own sigmas");
            sigmas = chosen;
            timesteps = Array.ConvertAll(sigmas, s => SigmaGrid.ToTimestep(s, logs));
            // The DPM2 pair rounds what Karras gives; its published runs depend on it.
            if (config.UseKarrasSigmas && IsDpm2(config)) timesteps = Grid.Round(timesteps);
        }

        var final = config.FinalSigmasType == FinalSigma.SigmaMin && config.ClassName is SchedulerClasses.Euler ? table[0] : 0;
        var grid = StepGrid.Create(Grid.Single(timesteps), sigmas, final);
        return IsContinuous(config) ? grid with { Timesteps = Continuous(grid.Sigmas[..^1]) } : grid;
    }

    static StepGrid OfSigmas(SchedulerConfig config, double[] sigmas, float[] logs)
    {
        if (config.ClassName is not SchedulerClasses.Euler || sigmas.Length < 2)
            throw new InvalidSettingException("sigmas", "given", "two or more, and only with euler");
        var single = Grid.Single(sigmas);
        var timesteps = IsContinuous(config)
            ? Continuous(single[..^1])
            : Grid.Single(Array.ConvertAll(single[..^1], s => SigmaGrid.ToTimestep(s, logs)));
        return new StepGrid(timesteps, single);
    }

    static bool IsDpm2(SchedulerConfig config) =>
        config.ClassName is SchedulerClasses.Kdpm2 or SchedulerClasses.Kdpm2Ancestral;

    static bool IsContinuous(SchedulerConfig config) =>
        config.TimestepType is "continuous" && config.PredictionType == PredictionType.Velocity;

    // ¼ ln σ (Karras et al. 2022, table 1).
    static double[] Continuous(double[] sigmas) => Array.ConvertAll(sigmas, s => (double)(0.25f * MathF.Log((float)s)));
}
