namespace PixArt.Diffusion;

/// <summary>
/// The training process q(x_t | x_0) = N(√ᾱ_t x_0, (1 − ᾱ_t) I) on T discrete timesteps: β_t, ᾱ_t and what follows from
/// them. Tables are single precision, rounded as the published training code rounds them, on every machine alike.
/// </summary>
public sealed partial class NoiseSchedule
{
    // Stands for ᾱ = 0 where a sampler divides by it: sigma becomes 4096.
    const float SmallestAlphaCumprod = 1f / (1 << 24);

    readonly float[] _betas;
    readonly float[] _alphasCumprod;

    /// <summary>Builds the tables of a β curve.</summary>
    /// <param name="schedule">The curve.</param>
    /// <param name="betaStart">β of the first timestep, in (0, 1).</param>
    /// <param name="betaEnd">β of the last timestep, in (0, 1).</param>
    /// <param name="timesteps">How many timesteps, at least 1.</param>
    /// <param name="zeroTerminalSnr">Whether the last timestep is pure noise (Lin et al. 2023, algorithm 1).</param>
    public NoiseSchedule(
        BetaSchedule schedule = BetaSchedule.Linear,
        double betaStart = 0.0001,
        double betaEnd = 0.02,
        int timesteps = 1000,
        bool zeroTerminalSnr = false)
        : this(BetaTable.Create(schedule, betaStart, betaEnd, timesteps), zeroTerminalSnr)
    {
    }

    /// <summary>Builds the tables of given betas.</summary>
    /// <param name="betas">β_t for t = 0 … T−1.</param>
    /// <param name="zeroTerminalSnr">Whether the betas are rescaled so that the last timestep is pure noise.</param>
    public NoiseSchedule(IReadOnlyList<float> betas, bool zeroTerminalSnr = false)
    {
        if (betas.Count == 0) throw new InvalidSettingException("trained_betas", "[]", "at least one value");
        float[] table = [.. betas];
        _betas = zeroTerminalSnr ? BetaTable.RescaleToZeroTerminalSnr(table) : table;
        _alphasCumprod = BetaTable.AlphasCumprod(_betas);
    }

    /// <summary>The schedule that a scheduler's configuration describes.</summary>
    public static NoiseSchedule From(SchedulerConfig config) => config.TrainedBetas is { } trained
        ? new NoiseSchedule([.. trained.Select(b => (float)b)], config.RescaleBetasZeroSnr)
        : new NoiseSchedule(
            config.BetaSchedule, config.BetaStart, config.BetaEnd, config.NumTrainTimesteps, config.RescaleBetasZeroSnr);

    /// <summary>T, the number of training timesteps.</summary>
    public int Timesteps => _betas.Length;

    /// <summary>β_t.</summary>
    public ReadOnlySpan<float> Betas => _betas;

    /// <summary>ᾱ_t, falling from nearly 1.</summary>
    public ReadOnlySpan<float> AlphasCumprod => _alphasCumprod;

    /// <summary>The noise-to-signal ratio √((1 − ᾱ_t)/ᾱ_t); infinite where ᾱ_t is 0.</summary>
    public double Sigma(int timestep) => Sigma(_alphasCumprod[timestep]);

    /// <summary>The signal-to-noise ratio ᾱ_t / (1 − ᾱ_t).</summary>
    public double Snr(int timestep) => _alphasCumprod[timestep] / (1.0 - _alphasCumprod[timestep]);

    /// <summary>A copy whose last ᾱ is tiny instead of 0, for samplers that divide by it.</summary>
    internal NoiseSchedule WithFiniteTerminalSigma()
    {
        var copy = new NoiseSchedule(_betas);
        copy._alphasCumprod[^1] = SmallestAlphaCumprod;
        return copy;
    }

    /// <summary>σ_t for every t, in single precision.</summary>
    internal float[] Sigmas() => Array.ConvertAll(_alphasCumprod, Sigma);

    /// <summary>ln √ᾱ_t − ln √(1 − ᾱ_t) for every t, in single precision; falling.</summary>
    internal float[] HalfLogSnr() =>
        Array.ConvertAll(_alphasCumprod, a => MathF.Log(MathF.Sqrt(a)) - MathF.Log(MathF.Sqrt(1 - a)));

    static float Sigma(float alphaCumprod) => MathF.Sqrt((1 - alphaCumprod) / alphaCumprod);
}
