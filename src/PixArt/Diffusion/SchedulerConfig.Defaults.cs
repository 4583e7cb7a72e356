namespace PixArt.Diffusion;

public sealed partial record SchedulerConfig
{
    /// <summary>The settings a scheduler class has when its file says nothing.</summary>
    /// <param name="className">Such as <c>DDIMScheduler</c>.</param>
    /// <exception cref="InvalidSettingException">The class is not known.</exception>
    public static SchedulerConfig DefaultsOf(string className)
    {
        var none = new SchedulerConfig { ClassName = className };
        return className switch
        {
            SchedulerClasses.DpmSolverMultistep or SchedulerClasses.Euler or SchedulerClasses.EulerAncestral
                or SchedulerClasses.Lms or SchedulerClasses.FlowMatchEuler or SchedulerClasses.OneStep
                or SchedulerClasses.AdaptiveDpmSolver => none,
            SchedulerClasses.DpmSolverSinglestep => none with { LowerOrderFinal = false },
            SchedulerClasses.UniPc => none with { SolverType = "bh2" },
            SchedulerClasses.Deis => none with { AlgorithmType = "deis", SolverType = "logrho" },
            SchedulerClasses.SaSolver => none with { AlgorithmType = "data_prediction" },
            SchedulerClasses.Ddim => none with { ClipSample = true, TimestepSpacing = TimestepSpacing.Leading },
            SchedulerClasses.Ddpm => none with
            {
                ClipSample = true,
                TimestepSpacing = TimestepSpacing.Leading,
                VarianceType = Diffusion.VarianceType.FixedSmall,
            },
            SchedulerClasses.Pndm => none with { TimestepSpacing = TimestepSpacing.Leading, SetAlphaToOne = false },
            SchedulerClasses.Heun or SchedulerClasses.Kdpm2 or SchedulerClasses.Kdpm2Ancestral =>
                none with { BetaStart = 0.00085, BetaEnd = 0.012 },
            SchedulerClasses.Lcm or SchedulerClasses.Tcd => none with
            {
                BetaStart = 0.00085,
                BetaEnd = 0.012,
                BetaSchedule = BetaSchedule.ScaledLinear,
                TimestepSpacing = TimestepSpacing.Leading,
            },
            SchedulerClasses.OriginalDpmSolver => none with { FinalSigmasType = FinalSigma.SigmaMin },
            SchedulerClasses.OriginalSaSolver => none with { AlgorithmType = "data_prediction" },
            SchedulerClasses.OriginalIddpm => none with { VarianceType = Diffusion.VarianceType.LearnedRange },
            SchedulerClasses.OriginalLcm => none with { TimestepSpacing = TimestepSpacing.Leading },
            _ => throw SamplerNames.Unknown("scheduler class", className),
        };
    }
}
