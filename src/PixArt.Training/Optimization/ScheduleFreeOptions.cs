namespace PixArt.Training.Optimization;

/// <summary>How <see cref="ScheduleFreeAdamW"/> weighs steps in its average; defaults are the authors'.</summary>
public sealed record ScheduleFreeOptions
{
    /// <summary>Weighs the step t by t to this power, 0 or more (r).</summary>
    public double StepPower { get; set; }

    /// <summary>Weighs a step by the largest learning rate so far to this power, 0 or more: steps of the warm-up count less.</summary>
    public double RatePower { get; set; } = 2;

    internal void Validate(string field)
    {
        if (!(StepPower >= 0 && double.IsFinite(StepPower))) throw new InvalidSettingException(field + ".stepPower", StepPower, "0 or more");
        if (!(RatePower >= 0 && double.IsFinite(RatePower))) throw new InvalidSettingException(field + ".ratePower", RatePower, "0 or more");
    }
}
