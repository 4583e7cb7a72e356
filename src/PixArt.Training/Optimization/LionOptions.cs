namespace PixArt.Training.Optimization;

/// <summary>Settings of <see cref="Lion"/>.</summary>
public sealed record LionOptions
{
    /// <summary>How much of the momentum the direction of a step has, [0, 1).</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>How much of the momentum a step keeps, [0, 1).</summary>
    public double Beta2 { get; set; } = 0.99;

    internal void Validate(string field)
    {
        if (Beta1 is not (>= 0 and < 1)) throw new InvalidSettingException(field + ".beta1", Beta1, "0 up to, not including, 1");
        if (Beta2 is not (>= 0 and < 1)) throw new InvalidSettingException(field + ".beta2", Beta2, "0 up to, not including, 1");
    }
}
