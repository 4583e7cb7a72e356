using PixArt.Diffusion;

namespace PixArt.Training.Objectives;

/// <summary>Draws timesteps with exact stratification: of B draws the i-th is the inverse cumulative weight at
/// (i + U[0,1)) / B, then the order is shuffled. Every draw lies inside the interval and the marginal distribution is
/// exactly the weights, for any B from 1 up.</summary>
public sealed class TimestepSampler
{
    readonly double[] _cumulative;

    /// <summary>Prepares the cumulative weights.</summary>
    /// <param name="interval">Where draws may fall.</param>
    /// <param name="bias">Favoured timesteps, or null for a uniform distribution.</param>
    /// <param name="steps">T, the number of timesteps of the schedule.</param>
    /// <exception cref="InvalidSettingException">The interval is not part of the schedule, the multiplier is not a positive
    /// number, or the favoured timesteps do not meet the interval, so that the bias would do nothing.</exception>
    public TimestepSampler(TimestepInterval interval, TimestepBias? bias = null, int steps = 1000)
    {
        if (interval.Low < 0 || interval.High <= interval.Low || interval.High > steps)
            throw new InvalidSettingException("interval", interval, $"0 <= low < high <= {steps}");
        Interval = interval;
        if (bias is not null) Check(bias);
        _cumulative = new double[interval.Count];
        var total = 0.0;
        for (var i = 0; i < _cumulative.Length; i++)
        {
            var favoured = bias is not null && interval.Low + i >= bias.Begin && interval.Low + i < bias.End;
            _cumulative[i] = total += favoured ? bias!.Multiplier : 1;
        }
    }

    /// <summary>Where draws fall.</summary>
    public TimestepInterval Interval { get; }

    /// <summary>Draws <paramref name="count"/> timesteps.</summary>
    /// <param name="count">B, at least 1.</param>
    /// <param name="random">The stream; the caller's copy is advanced.</param>
    /// <returns>B timesteps in random order.</returns>
    public long[] Draw(int count, ref SplitMix64 random)
    {
        var drawn = new long[count];
        for (var i = 0; i < count; i++) drawn[i] = At((i + random.NextDouble()) / count);
        random.Shuffle<long>(drawn);
        return drawn;
    }

    long At(double quantile)
    {
        // The first index whose cumulative weight exceeds the target; rounding may carry the target to the total itself.
        var target = quantile * _cumulative[^1];
        var found = Array.BinarySearch(_cumulative, target);
        var index = found >= 0 ? found + 1 : ~found;
        return Interval.Low + Math.Min(index, _cumulative.Length - 1);
    }

    void Check(TimestepBias bias)
    {
        if (!(bias.Multiplier > 0) || double.IsInfinity(bias.Multiplier))
            throw new InvalidSettingException("objective.bias.multiplier", bias.Multiplier, "a number above 0");
        if (Math.Max(bias.Begin, Interval.Low) >= Math.Min(bias.End, Interval.High))
            throw new InvalidSettingException(
                "objective.bias", $"[{bias.Begin}, {bias.End})", $"timesteps that meet the interval {Interval}");
    }
}
