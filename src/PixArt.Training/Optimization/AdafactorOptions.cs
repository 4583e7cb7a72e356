namespace PixArt.Training.Optimization;

/// <summary>Settings of <see cref="Adafactor"/>; the names are those of transformers, whose defaults for a rate of one's own these are.</summary>
public sealed record AdafactorOptions
{
    /// <summary>A step t takes t^DecayRate of the new squares; below 0.</summary>
    public double DecayRate { get; set; } = -0.8;

    /// <summary>Largest root mean square of an update at rate 1; above 0.</summary>
    public double ClipThreshold { get; set; } = 1;

    /// <summary>Added to squared gradients; above 0.</summary>
    public double Epsilon1 { get; set; } = 1e-30;

    /// <summary>Least size of a parameter for <see cref="ScaleParameter"/>; above 0.</summary>
    public double Epsilon2 { get; set; } = 1e-3;

    /// <summary>How much of a momentum a step keeps, [0, 1), or null for no momentum and no memory for one.</summary>
    public double? Beta1 { get; set; }

    /// <summary>Multiplies the rate by the root mean square of each parameter.</summary>
    public bool ScaleParameter { get; set; }

    /// <summary>Multiplies the rate by min(0.01, 1/√t): the learning rate is then 1, and there is no other schedule.</summary>
    public bool RelativeStep { get; set; }

    /// <summary>Begins relative steps with min(1e-6·t, 1/√t).</summary>
    public bool WarmupInit { get; set; }

    internal void Validate(string field)
    {
        if (!(DecayRate < 0 && double.IsFinite(DecayRate))) throw new InvalidSettingException(field + ".decayRate", DecayRate, "a number below 0");
        if (Beta1 is not (null or (>= 0 and < 1))) throw new InvalidSettingException(field + ".beta1", Beta1, "0 up to, not including, 1, or null");
        foreach (var (name, value) in new[] { ("clipThreshold", ClipThreshold), ("epsilon1", Epsilon1), ("epsilon2", Epsilon2) })
            if (!(value > 0 && double.IsFinite(value))) throw new InvalidSettingException($"{field}.{name}", value, "a number above 0");
        if (WarmupInit && !RelativeStep) throw new InvalidSettingException(field + ".warmupInit", true, "false, or 'relativeStep' true");
    }
}
