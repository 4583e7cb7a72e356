namespace PixArt.Training.Optimization;

/// <summary>Settings of <see cref="Prodigy"/>'s estimate; defaults are the authors'.</summary>
public sealed record ProdigyOptions
{
    /// <summary>The rate before anything is known, above 0 (d0).</summary>
    public double FirstRate { get; set; } = 1e-6;

    /// <summary>Multiplies the estimate, above 0 (d_coef): 0.5 to 2 are sensible.</summary>
    public double Coefficient { get; set; } = 1;

    /// <summary>How much of the running sums a step keeps, [0, 1), or null: the root of beta2.</summary>
    public double? Beta3 { get; set; }

    /// <summary>The most that the estimate grows by in one step, above 1, or null for no limit.</summary>
    public double? GrowthRate { get; set; }

    /// <summary>Adam's correction of the first steps.</summary>
    public bool BiasCorrection { get; set; }

    /// <summary>Keeps the estimate sound under a long warm-up of the learning rate.</summary>
    public bool SafeguardWarmup { get; set; }

    internal void Validate(string field)
    {
        if (!(FirstRate > 0 && double.IsFinite(FirstRate))) throw new InvalidSettingException(field + ".firstRate", FirstRate, "a number above 0");
        if (!(Coefficient > 0 && double.IsFinite(Coefficient))) throw new InvalidSettingException(field + ".coefficient", Coefficient, "a number above 0");
        if (Beta3 is not (null or (>= 0 and < 1))) throw new InvalidSettingException(field + ".beta3", Beta3, "0 up to, not including, 1, or null");
        if (GrowthRate is not (null or > 1)) throw new InvalidSettingException(field + ".growthRate", GrowthRate, "a number above 1, or null");
    }
}
