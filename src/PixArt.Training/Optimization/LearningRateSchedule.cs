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
            _ => 0.5 * (1 + Math.Cos(Math.PI * progress)),
        };
        return Kind == ScheduleKind.Constant ? 1 : FinalFactor + ((1 - FinalFactor) * left);
    }
}
