namespace PixArt.Training.Optimization;

/// <summary>Settings of <see cref="Came"/>; defaults are PixArt-Σ's.</summary>
public sealed record CameOptions
{
    /// <summary>How much of the momentum a step keeps, [0, 1).</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>How much of the squared gradients' mean, [0, 1).</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>How much of the mean of what updates differ by, [0, 1).</summary>
    public double Beta3 { get; set; } = 0.9999;

    /// <summary>Added to squared gradients; above 0.</summary>
    public double Epsilon1 { get; set; } = 1e-30;

    /// <summary>Added to squared differences of updates; above 0.</summary>
    public double Epsilon2 { get; set; } = 1e-16;

    /// <summary>Largest root mean square of an update at rate 1; above 0.</summary>
    public double ClipThreshold { get; set; } = 1;

    internal void Validate(string field)
    {
        foreach (var (name, beta) in new[] { ("beta1", Beta1), ("beta2", Beta2), ("beta3", Beta3) })
            if (beta is not (>= 0 and < 1)) throw new InvalidSettingException($"{field}.{name}", beta, "0 up to, not including, 1");
        foreach (var (name, value) in new[] { ("epsilon1", Epsilon1), ("epsilon2", Epsilon2), ("clipThreshold", ClipThreshold) })
            if (!(value > 0 && double.IsFinite(value))) throw new InvalidSettingException($"{field}.{name}", value, "a number above 0");
    }
}
