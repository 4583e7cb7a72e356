namespace PixArt.Training.Optimization;

/// <summary>How the scale of the loss goes under fp16; defaults are PyTorch's.</summary>
public sealed record LossScaling
{
    /// <summary>The scale at the first step, 1 or more.</summary>
    public double Initial { get; set; } = 65536;

    /// <summary>What it is multiplied by after <see cref="GrowthInterval"/> steps without an overflow, above 1.</summary>
    public double Growth { get; set; } = 2;

    /// <summary>What it is multiplied by after an overflow, above 0 and below 1.</summary>
    public double Backoff { get; set; } = 0.5;

    /// <summary>See <see cref="Growth"/>; 1 or more.</summary>
    public long GrowthInterval { get; set; } = 2000;

    internal void Validate(string field)
    {
        if (!(Initial >= 1 && double.IsFinite(Initial))) throw new InvalidSettingException(field + ".initial", Initial, "1 or more");
        if (!(Growth > 1 && double.IsFinite(Growth))) throw new InvalidSettingException(field + ".growth", Growth, "a number above 1");
        if (Backoff is not (> 0 and < 1)) throw new InvalidSettingException(field + ".backoff", Backoff, "above 0 and below 1");
        if (GrowthInterval < 1) throw new InvalidSettingException(field + ".growthInterval", GrowthInterval, "1 or more");
    }
}
