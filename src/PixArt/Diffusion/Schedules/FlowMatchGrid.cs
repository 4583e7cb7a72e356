namespace PixArt.Diffusion;

/// <summary>The step grid of flow-match Euler: σ is the share of noise, the model's time is T σ.</summary>
static class FlowMatchGrid
{
    public static StepGrid Create(SchedulerConfig config, SamplerOptions options)
    {
        var total = config.NumTrainTimesteps;
        var sigmas = options.Sigmas is { } given ? Grid.Single([.. given])
            : options.Timesteps is { } timesteps ? Array.ConvertAll(Grid.Single([.. timesteps]), t => (double)((float)t / total))
            : Array.ConvertAll(Grid.Linspace(total, (double)SmallestSigma(config) * total, options.Steps!.Value), t => t / total);
        sigmas = FlowShift.Apply(config, options, sigmas, config.Shift);
        sigmas = SigmaGrid.Chosen(config, sigmas[0], sigmas[^1], sigmas.Length) ?? sigmas;

        if (config.InvertSigmas) sigmas = Array.ConvertAll(Grid.Single(sigmas), s => (double)(1f - (float)s));
        var single = Grid.Single(sigmas);
        var times = Array.ConvertAll(single, s => (double)((float)s * total));
        return StepGrid.Create(times, single, config.InvertSigmas ? 1 : 0);
    }

    // The training grid is shifted once when it is fixed, and an inference grid between its ends a second time.
    static float SmallestSigma(SchedulerConfig config)
    {
        var first = 1f / config.NumTrainTimesteps;
        if (config.UseDynamicShifting) return first;
        var shift = (float)config.Shift;
        return shift * first / (1 + ((shift - 1) * first));
    }
}
