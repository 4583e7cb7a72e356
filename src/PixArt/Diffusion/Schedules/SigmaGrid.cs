namespace PixArt.Diffusion;

/// <summary>Noise levels σ laid between a largest and a smallest one, falling.</summary>
static class SigmaGrid
{
    const double KarrasRho = 7;
    const double BetaShape = 0.6;

    /// <summary>Evenly in σ^(1/7) (Karras et al. 2022, equation 5).</summary>
    public static double[] Karras(double largest, double smallest, int count)
    {
        var low = Math.Pow(smallest, 1 / KarrasRho);
        var high = Math.Pow(largest, 1 / KarrasRho);
        return Array.ConvertAll(Grid.Linspace(0, 1, count), ramp => Math.Pow(high + (ramp * (low - high)), KarrasRho));
    }

    /// <summary>Evenly in ln σ.</summary>
    public static double[] Exponential(double largest, double smallest, int count) =>
        Array.ConvertAll(Grid.Linspace(Math.Log(largest), Math.Log(smallest), count), Math.Exp);

    /// <summary>By the quantiles of Beta(0.6, 0.6) (Lee et al. 2024).</summary>
    public static double[] Beta(double largest, double smallest, int count) =>
        Array.ConvertAll(
            Grid.Linspace(0, 1, count),
            ramp => smallest + (BetaDistribution.Quantile(1 - ramp, BetaShape, BetaShape) * (largest - smallest)));

    /// <summary>The grid that the configuration asks for, or null where it asks for none of the three.</summary>
    public static double[]? Chosen(SchedulerConfig config, double largest, double smallest, int count)
    {
        var high = config.SigmaMax ?? largest;
        var low = config.SigmaMin ?? smallest;
        if (config.UseKarrasSigmas) return Karras(high, low, count);
        if (config.UseExponentialSigmas) return Exponential(high, low, count);
        return config.UseBetaSigmas ? Beta(high, low, count) : null;
    }

    /// <summary>The fractional training timestep of a noise level: ln σ is piecewise linear in the timestep.</summary>
    /// <param name="sigma">The noise level.</param>
    /// <param name="logSigmas">ln σ_t of the training timesteps, rising.</param>
    public static double ToTimestep(double sigma, ReadOnlySpan<float> logSigmas)
    {
        // The published arithmetic is single precision here, and timesteps that it rounds must round alike.
        var log = (float)Math.Log(Math.Max(sigma, 1e-10));
        var low = 0;
        while (low < logSigmas.Length - 2 && logSigmas[low + 1] <= log) low++;
        var weight = Math.Clamp((logSigmas[low] - log) / (logSigmas[low] - logSigmas[low + 1]), 0f, 1f);
        return ((1f - weight) * (double)low) + (weight * (double)(low + 1));
    }
}
