namespace PixArt.Training.Optimization;

/// <summary>How much of the moving average each step keeps.</summary>
public sealed record EmaDecay
{
    /// <summary>The most that is kept, 0 to 1. PixArt's own training uses 0.9999.</summary>
    public double Decay { get; set; } = 0.9999;

    /// <summary>Keeps <see cref="Decay"/> from the first step on instead of rising to it.</summary>
    public bool Fixed { get; set; }

    /// <summary>The least that is kept once averaging has begun, 0 to 1.</summary>
    public double MinDecay { get; set; }

    /// <summary>Steps during which the average just follows the parameters.</summary>
    public long UpdateAfterStep { get; set; }

    /// <summary>Rises as 1 - (1 + k / <see cref="InverseGamma"/>)^-<see cref="Power"/> instead of (1 + k) / (10 + k).</summary>
    public bool Warmup { get; set; }

    /// <summary>See <see cref="Warmup"/>.</summary>
    public double InverseGamma { get; set; } = 1;

    /// <summary>See <see cref="Warmup"/>.</summary>
    public double Power { get; set; } = 2.0 / 3;

    /// <summary>The share that is kept.</summary>
    /// <param name="step">Number of updates, this one included.</param>
    public double At(long step)
    {
        if (Fixed) return Decay;
        var k = Math.Max(0, step - UpdateAfterStep - 1);
        if (k == 0) return 0;
        var rising = Warmup ? 1 - Math.Pow(1 + (k / InverseGamma), -Power) : (1.0 + k) / (10 + k);
        return Math.Max(Math.Min(rising, Decay), MinDecay);
    }

    internal void Validate()
    {
        if (Decay is not (>= 0 and <= 1)) throw new InvalidSettingException("ema.decay", Decay, "0 to 1");
        if (!(MinDecay >= 0 && MinDecay <= Decay)) throw new InvalidSettingException("ema.minDecay", MinDecay, "0 up to 'decay'");
        if (UpdateAfterStep < 0) throw new InvalidSettingException("ema.updateAfterStep", UpdateAfterStep, "0 or more");
        if (!(InverseGamma > 0 && double.IsFinite(InverseGamma))) throw new InvalidSettingException("ema.inverseGamma", InverseGamma, "a number above 0");
        if (!(Power > 0 && double.IsFinite(Power))) throw new InvalidSettingException("ema.power", Power, "a number above 0");
        if (Warmup && Fixed) throw new InvalidSettingException("ema.warmup", true, "false, as 'fixed' keeps the decay from the first step on");
    }
}
