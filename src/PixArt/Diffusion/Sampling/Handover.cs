namespace PixArt.Diffusion;

/// <summary>
/// The two-call hand-over between experts: one run stops at a noise level and another goes on from its latents, as diffusers'
/// <c>denoising_end</c> and <c>denoising_start</c> do. Each call begins with an empty history; routing by an
/// <see cref="ExpertEnsemble"/> in one run keeps it.
/// </summary>
public static class Handover
{
    /// <summary>The timestep at which a fraction of the process is done: round(T − d T), halves to even.</summary>
    /// <param name="fraction">d, strictly between 0 and 1.</param>
    /// <param name="trainTimesteps">T.</param>
    /// <param name="field">What to call the fraction in a message.</param>
    /// <exception cref="InvalidSettingException">The fraction is out of its range.</exception>
    public static int Cutoff(double fraction, int trainTimesteps = 1000, string field = "split")
    {
        if (!(fraction > 0 && fraction < 1))
            throw new InvalidSettingException(field, fraction, "a number strictly between 0 and 1");
        return (int)Math.Round(trainTimesteps - (fraction * trainTimesteps), MidpointRounding.ToEven);
    }

    /// <summary>The steps before the hand-over: those at the cut-off timestep and above.</summary>
    /// <param name="sampler">The sampler with the whole schedule.</param>
    /// <param name="cutoff">A timestep in (0, T).</param>
    public static StepRange Before(ISampler sampler, int cutoff) => new(0, sampler.Timesteps.Count(t => t >= cutoff));

    /// <summary>
    /// The steps after the hand-over: those below the cut-off. A sampler that steps in pairs takes the pair that the cut
    /// would divide again from its beginning.
    /// </summary>
    /// <param name="sampler">The sampler with the whole schedule.</param>
    /// <param name="cutoff">A timestep in (0, T).</param>
    public static StepRange After(ISampler sampler, int cutoff)
    {
        var total = sampler.Timesteps.Count;
        var below = sampler.Timesteps.Count(t => t < cutoff);
        if (sampler.Order == 2 && below % 2 == 0) below = Math.Min(below + 1, total);
        return new StepRange(total - below, total);
    }

    /// <summary>The steps of one call that may stop early, start late, or both.</summary>
    /// <param name="sampler">The sampler with the whole schedule.</param>
    /// <param name="denoisingStart">The fraction already done by another call; null: none.</param>
    /// <param name="denoisingEnd">The fraction at which this call stops; null: all.</param>
    /// <param name="trainTimesteps">T.</param>
    /// <exception cref="InvalidSettingException">A fraction is out of its range, or the start is not before the end.</exception>
    public static StepRange Between(
        ISampler sampler, double? denoisingStart, double? denoisingEnd, int trainTimesteps = 1000)
    {
        int? from = denoisingStart is { } start ? Cutoff(start, trainTimesteps, "denoising_start") : null;
        int? to = denoisingEnd is { } end ? Cutoff(end, trainTimesteps, "denoising_end") : null;
        if (denoisingStart >= denoisingEnd)
        {
            throw new InvalidSettingException(
                "denoising_start", denoisingStart, $"below denoising_end = {denoisingEnd}");
        }

        var range = StepRange.All(sampler);
        if (to is { } last) range = range with { End = Before(sampler, last).End };
        if (from is { } first) range = range with { Start = Math.Min(After(sampler, first).Start, range.End) };
        return range;
    }
}
