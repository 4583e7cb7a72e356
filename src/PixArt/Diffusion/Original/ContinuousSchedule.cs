namespace PixArt.Diffusion;

/// <summary>
/// The training process in continuous time t ∈ (0, 1] as the original solvers see it (Lu et al. 2022, appendix D.4): ln α is
/// linear between the training timesteps, which lie at (n + 1)/T. The model's time is T (t − 1/T), fractional in between.
/// </summary>
sealed class ContinuousSchedule
{
    // Timesteps of less signal than this are numerically useless and left out.
    const double SmallestLambda = -5.1;

    readonly double[] _logAlphas;
    readonly int _scale;

    ContinuousSchedule(double[] logAlphas, int scale)
    {
        _logAlphas = logAlphas;
        _scale = scale;
    }

    /// <summary>The earliest time, 1/T.</summary>
    public double First => 1.0 / _logAlphas.Length;

    public static ContinuousSchedule From(SchedulerConfig config)
    {
        var logs = new double[config.NumTrainTimesteps];
        var sum = 0.0;
        var betas = DoubleBetas.Of(config);
        for (var n = 0; n < logs.Length; n++) logs[n] = sum += 0.5 * Math.Log(1 - betas[n]);
        var kept = Array.FindLastIndex(logs, log => HalfLogSnr(log) >= SmallestLambda) + 1;
        return new ContinuousSchedule(logs[..kept], config.NumTrainTimesteps);
    }

    /// <summary>What the model is given for a time.</summary>
    public double ModelTime(double time) => (time - First) * _scale;

    public PathPoint Point(double time)
    {
        var log = LogAlpha(time);
        return new PathPoint(Math.Exp(log), Math.Sqrt(NoiseVariance(log)));
    }

    public double Lambda(double time) => HalfLogSnr(LogAlpha(time));

    /// <summary>The time of a half log-SNR.</summary>
    public double TimeOf(double lambda)
    {
        var log = -0.5 * Math.Log(1 + Math.Exp(-2 * lambda));
        var n = 0;
        while (n < _logAlphas.Length - 2 && _logAlphas[n + 1] > log) n++;
        var weight = (log - _logAlphas[n]) / (_logAlphas[n + 1] - _logAlphas[n]);
        return (n + 1 + weight) / _logAlphas.Length;
    }

    double LogAlpha(double time)
    {
        var position = Math.Clamp((time * _logAlphas.Length) - 1, 0, _logAlphas.Length - 1);
        var low = Math.Min((int)position, _logAlphas.Length - 2);
        return _logAlphas[low] + ((position - low) * (_logAlphas[low + 1] - _logAlphas[low]));
    }

    static double HalfLogSnr(double logAlpha) => logAlpha - (0.5 * Math.Log(NoiseVariance(logAlpha)));

    // Single precision loses most digits where nearly no noise is left; published runs ended on what remains.
    static double NoiseVariance(double logAlpha) => 1f - (float)Math.Exp(2 * (double)(float)logAlpha);
}
