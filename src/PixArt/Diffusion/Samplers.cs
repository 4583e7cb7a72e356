namespace PixArt.Diffusion;

/// <summary>Makes samplers by name.</summary>
public static class Samplers
{
    /// <summary>The short names, in the order a list of choices should have.</summary>
    public static IReadOnlyList<string> Names => SamplerNames.Short;

    /// <summary>Whether a scheduler makes its picture in one step without guidance (DMD).</summary>
    internal static bool IsOneStep(SchedulerConfig config) => config.ClassName is SchedulerClasses.OneStep;

    /// <summary>Whether a sampler chooses its steps while it runs, as many as it needs: it takes no number of steps, and its
    /// <see cref="ISampler.Timesteps"/> are the first alone.</summary>
    /// <param name="sampler">A short name or a scheduler class.</param>
    /// <exception cref="InvalidSettingException">The name is not known.</exception>
    public static bool ChoosesSteps(string sampler) => SamplerNames.ClassOf(sampler) is SchedulerClasses.AdaptiveDpmSolver;

    /// <summary>A sampler for one schedule of steps.</summary>
    /// <param name="config">The scheduler's settings; <see cref="SchedulerConfig.As"/> turns them into another sampler's.</param>
    /// <param name="options">The steps, and what else the run asks.</param>
    /// <exception cref="InvalidSettingException">A setting cannot be used, alone or with another.</exception>
    public static ISampler Create(SchedulerConfig config, SamplerOptions options)
    {
        config.Validated();
        options.Validated(config);
        var schedule = NoiseSchedule.From(config);
        return config.ClassName switch
        {
            SchedulerClasses.DpmSolverMultistep => new DpmSolverMultistep(config, LogSnr(config, schedule, options)),
            SchedulerClasses.DpmSolverSinglestep => new DpmSolverSinglestep(config, LogSnr(config, schedule, options)),
            SchedulerClasses.UniPc => new UniPc(config, LogSnr(config, schedule, options)),
            SchedulerClasses.Deis => new Deis(config, LogSnr(config, schedule, options)),
            SchedulerClasses.SaSolver => new SaSolver(config, schedule, LogSnr(config, schedule, options), options),
            SchedulerClasses.Ddim => new Ddim(config, schedule, options),
            SchedulerClasses.Ddpm => new Ddpm(config, schedule, options),
            SchedulerClasses.Pndm => new Pndm(config, schedule, options),
            SchedulerClasses.Lcm => new Lcm(config, schedule, options),
            SchedulerClasses.OneStep => new OneStep(config, schedule, options),
            SchedulerClasses.Tcd => new Tcd(config, schedule, options),
            SchedulerClasses.Euler => new Euler(config, Sigma(config, schedule, options), options),
            SchedulerClasses.EulerAncestral => new EulerAncestral(config, Sigma(config, schedule, options)),
            SchedulerClasses.Heun => new Heun(config, Sigma(config, schedule, options)),
            SchedulerClasses.Lms => new Lms(config, Sigma(config, schedule, options)),
            SchedulerClasses.Kdpm2 => Dpm2.Create(config, schedule, Sigma(config, schedule, options)),
            SchedulerClasses.Kdpm2Ancestral => Dpm2Ancestral.Create(config, schedule, Sigma(config, schedule, options)),
            SchedulerClasses.FlowMatchEuler => new FlowMatchEuler(config, FlowMatchGrid.Create(config, options)),
            SchedulerClasses.AdaptiveDpmSolver => new AdaptiveDpmSolver(config, ContinuousSchedule.From(config)),
            SchedulerClasses.OriginalDpmSolver or SchedulerClasses.OriginalSaSolver or SchedulerClasses.OriginalIddpm
                or SchedulerClasses.OriginalLcm => Original(config, schedule, options),
            _ => throw SamplerNames.Unknown("scheduler class", config.ClassName),
        };
    }

    /// <summary>A sampler of another name for the same training process.</summary>
    /// <param name="config">The scheduler's settings.</param>
    /// <param name="sampler">A short name or a scheduler class.</param>
    /// <param name="options">The steps, and what else the run asks.</param>
    /// <exception cref="InvalidSettingException">The name is not known (the message says the nearest one), or a setting
    /// cannot be used.</exception>
    public static ISampler Create(SchedulerConfig config, string sampler, SamplerOptions options) =>
        Create(config.As(sampler), options);

    static Sampler Original(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    {
        var steps = options.Steps
            ?? throw new InvalidSettingException("timesteps", "given", $"a number of steps with {config.ClassName}");
        if (config.ClassName is SchedulerClasses.OriginalLcm)
            return new Lcm(config, schedule, options with { LcmGrid = LcmGrid.Strided });
        if (config.ClassName is SchedulerClasses.OriginalIddpm)
            return new Iddpm(config, Respacing.Parse(config.NumTrainTimesteps, $"{steps}"));
        var continuous = ContinuousSchedule.From(config);
        var times = TimeGrid.Uniform(continuous, 1, continuous.First, steps);
        return config.ClassName is SchedulerClasses.OriginalDpmSolver
            ? new OriginalDpmSolver(config, continuous, times, config.FinalSigmasType == FinalSigma.Zero)
            : OriginalSaSolver.Create(config, continuous, times, OriginalTau(options, continuous));
    }

    // The original noises between a fifth and four fifths of continuous time.
    static Func<double, double> OriginalTau(SamplerOptions options, ContinuousSchedule schedule) => options.Tau is { } given
        ? time => given(schedule.ModelTime(time))
        : time => time is >= 0.2 and <= 0.8 ? options.Eta ?? 1 : 0;

    static StepGrid LogSnr(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options) =>
        LogSnrGrid.Create(config, Finite(config, schedule), options);

    static StepGrid Sigma(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options) =>
        EulerGrid.Create(config, Finite(config, schedule), options);

    static NoiseSchedule Finite(SchedulerConfig config, NoiseSchedule schedule) =>
        config.RescaleBetasZeroSnr ? schedule.WithFiniteTerminalSigma() : schedule;
}
