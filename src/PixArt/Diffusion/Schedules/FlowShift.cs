namespace PixArt.Diffusion;

/// <summary>Moves the noise levels of a straight path towards noise, for larger pictures (Esser et al. 2024, §5.3.2).</summary>
static class FlowShift
{
    /// <summary>Shifts by a factor, or by the run's μ where shifting is dynamic, then stretches to the final level.</summary>
    public static double[] Apply(SchedulerConfig config, SamplerOptions options, double[] sigmas, double factor)
    {
        var shifted = config.UseDynamicShifting
            ? Dynamic(config, options, sigmas)
            : Array.ConvertAll(sigmas, s => factor * s / (1 + ((factor - 1) * s)));
        if (config.ShiftTerminal is not { } terminal || terminal == 0) return shifted;
        var scale = (1 - shifted[^1]) / (1 - terminal);
        return Array.ConvertAll(shifted, s => 1 - ((1 - s) / scale));
    }

    static double[] Dynamic(SchedulerConfig config, SamplerOptions options, double[] sigmas)
    {
        var mu = options.Mu ?? throw new InvalidSettingException("mu", null, "a number, as use_dynamic_shifting is set");
        var weight = config.TimeShiftType is "exponential" ? Math.Exp(mu) : mu;
        return Array.ConvertAll(sigmas, s => weight / (weight + ((1 / s) - 1)));
    }
}
