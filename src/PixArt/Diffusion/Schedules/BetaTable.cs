namespace PixArt.Diffusion;

/// <summary>The β tables, in single precision operation by operation as the published training code computes them.</summary>
static class BetaTable
{
    const double Cap = 0.999;

    public static float[] Create(BetaSchedule schedule, double start, double end, int count) => schedule switch
    {
        BetaSchedule.Linear => Grid.LinspaceSingle(start, end, count),
        BetaSchedule.ScaledLinear =>
            Array.ConvertAll(Grid.LinspaceSingle(Math.Sqrt(start), Math.Sqrt(end), count), root => root * root),
        BetaSchedule.SquaredCosine => FromAlphaBar(SquaredCosine, count),
        BetaSchedule.Exponential => FromAlphaBar(t => Math.Exp(t * -12), count),
        BetaSchedule.Laplace => FromAlphaBar(Laplace, count),
        BetaSchedule.Sigmoid => Sigmoid(start, end, count),
        _ => throw new InvalidSettingException("beta_schedule", schedule, "linear, scaled_linear, squaredcos_cap_v2, sigmoid, exp or laplace"),
    };

    /// <summary>
    /// Shifts and scales √ᾱ so that the last step carries no signal while the first keeps its own (Lin et al. 2023,
    /// algorithm 1).
    /// </summary>
    public static float[] RescaleToZeroTerminalSnr(float[] betas)
    {
        var root = Array.ConvertAll(AlphasCumprod(betas), MathF.Sqrt);
        float first = root[0], last = root[^1];
        var scale = first / (first - last);
        var cumprod = Array.ConvertAll(root, r =>
        {
            var shifted = (r - last) * scale;
            return shifted * shifted;
        });
        var rescaled = new float[betas.Length];
        rescaled[0] = 1 - cumprod[0];
        for (var t = 1; t < rescaled.Length; t++) rescaled[t] = 1 - (cumprod[t] / cumprod[t - 1]);
        return rescaled;
    }

    /// <summary>ᾱ_t = Π (1 − β_s): the running product is double, each entry rounded to single, as libtorch's cumprod.</summary>
    public static float[] AlphasCumprod(float[] betas)
    {
        var product = 1.0;
        return Array.ConvertAll(betas, beta => (float)(product *= 1f - beta));
    }

    static float[] FromAlphaBar(Func<double, double> alphaBar, int count)
    {
        var betas = new float[count];
        for (var t = 0; t < count; t++)
        {
            var ratio = alphaBar((t + 1) / (double)count) / alphaBar(t / (double)count);
            betas[t] = (float)Math.Min(1 - ratio, Cap);
        }

        return betas;
    }

    static double SquaredCosine(double t)
    {
        var cosine = Math.Cos((t + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }

    static double Laplace(double t)
    {
        var logSnr = -0.5 * Math.CopySign(1, 0.5 - t) * Math.Log(1 - (2 * Math.Abs(0.5 - t)) + 1e-6);
        var snr = Math.Exp(logSnr);
        return Math.Sqrt(snr / (1 + snr));
    }

    static float[] Sigmoid(double start, double end, int count) => Array.ConvertAll(
        Grid.LinspaceSingle(-6, 6, count),
        x => ((float)(1 / (1 + Math.Exp(-(double)x))) * (float)(end - start)) + (float)start);
}
