namespace PixArt.Training.Optimization;

/// <summary>The factor of the learning rate as a pure function of the step, so that there is no state to save.</summary>
public sealed record LearningRateSchedule
{
    /// <summary>Share of all steps over which <see cref="ScheduleKind.CosineToConstant"/> falls.</summary>
    const double FallingShare = 0.667;

    /// <summary>How the rate goes after its warm-up.</summary>
    public ScheduleKind Kind { get; set; } = ScheduleKind.Constant;

    /// <summary>Steps over which the factor rises from 0 to 1; 0 for none.</summary>
    public long WarmupSteps { get; set; }

    /// <summary>What is left at the end of a falling schedule, 0 to 1.</summary>
    public double FinalFactor { get; set; }

    /// <summary>The power of <see cref="ScheduleKind.Polynomial"/>, above 0: 1 falls evenly, 2 fast at first.</summary>
    public double Power { get; set; } = 1;

    /// <summary>The factor.</summary>
    /// <param name="step">Number of optimizer steps made before this one: 0 for the first.</param>
    /// <param name="totalSteps">Number of steps of the whole run.</param>
    /// <returns>A number from 0 to 1.</returns>
    public double Factor(long step, long totalSteps)
    {
        if (step < WarmupSteps) return (double)step / WarmupSteps;
        var falling = Kind == ScheduleKind.CosineToConstant ? totalSteps * FallingShare : totalSteps;
        var progress = falling <= WarmupSteps ? 1 : Math.Min(1, (step - WarmupSteps) / (falling - WarmupSteps));
        var left = Kind switch
        {
            ScheduleKind.Constant => 1,
            ScheduleKind.Linear => 1 - progress,
            ScheduleKind.Polynomial => Math.Pow(1 - progress, Power),
            _ => 0.5 * (1 + Math.Cos(Math.PI * progress)),
        };
        return Kind == ScheduleKind.Constant ? 1 : FinalFactor + ((1 - FinalFactor) * left);
    }

    internal void Validate()
    {
        if (WarmupSteps < 0) throw new InvalidSettingException("schedule.warmupSteps", WarmupSteps, "0 or more");
        if (FinalFactor is not (>= 0 and <= 1)) throw new InvalidSettingException("schedule.finalFactor", FinalFactor, "0 to 1");
        if (!(Power > 0 && double.IsFinite(Power))) throw new InvalidSettingException("schedule.power", Power, "a number above 0");
        if (Power != 1 && Kind != ScheduleKind.Polynomial) throw new InvalidSettingException("schedule.power", Power, "1, or 'kind' polynomial");
        if (FinalFactor != 0 && Kind == ScheduleKind.Constant) throw new InvalidSettingException("schedule.finalFactor", FinalFactor, "0, or a 'kind' that falls");
    }
}
