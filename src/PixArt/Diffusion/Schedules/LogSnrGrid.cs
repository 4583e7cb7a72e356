namespace PixArt.Diffusion;

/// <summary>The step grids of the solvers that integrate in log-SNR: DPM-Solver, UniPC, DEIS and SA-Solver.</summary>
static class LogSnrGrid
{
    public static StepGrid Create(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
    {
        if (options.Sigmas is not null && !(config.ClassName is SchedulerClasses.UniPc && config.UseFlowSigmas))
            throw new InvalidSettingException("sigmas", "given", $"timesteps or steps with {config.ClassName}");
        if (config.UseFlowSigmas && config.ClassName is SchedulerClasses.UniPc) return UniPcFlow(config, options);

        var table = schedule.Sigmas();
        var logs = Array.ConvertAll(table, s => (float)Math.Log(s));
        if (options.Timesteps is { } given)
        {
            Refuse(config);
            var own = Grid.Truncate([.. given]);
            return Final(config, own, AtTimesteps(own, table), converted: false, table);
        }

        var steps = options.Steps!.Value;
        if (config.UseFlowSigmas && !HasSigmaGrid(config)) return DpmFlow(config, options, steps, table);

        double largest = table[^1], smallest = table[0];
        var lu = config.UseLuLambdas && config.ClassName is SchedulerClasses.DpmSolverMultistep;
        var sigmas = config.UseKarrasSigmas || !lu
            ? SigmaGrid.Chosen(config, largest, smallest, steps)
            : Array.ConvertAll(Grid.Linspace(logs[^1], logs[0], steps), Math.Exp);
        if (sigmas is null)
        {
            var timesteps = Plain(config, schedule, steps);
            return Final(config, timesteps, AtTimesteps(timesteps, table), converted: false, table);
        }

        if (config.UseFlowSigmas) // UniPC's Karras grid on the straight path
            sigmas = Array.ConvertAll(sigmas, s => s / (s + 1));
        var positions = config.UseFlowSigmas
            ? Array.ConvertAll(sigmas, s => s * config.NumTrainTimesteps)
            : Array.ConvertAll(sigmas, s => SigmaGrid.ToTimestep(s, logs));
        return Final(config, Whole(config, positions, lu), sigmas, converted: true, table);
    }

    // Karras and Lu grids round to the nearest timestep, the others cut; the cosine schedule of the multistep solver cuts.
    static double[] Whole(SchedulerConfig config, double[] positions, bool lu)
    {
        var cosine = config.ClassName is SchedulerClasses.DpmSolverMultistep
            && config.BetaSchedule == BetaSchedule.SquaredCosine;
        var rounds = (config.UseKarrasSigmas || lu) && !cosine;
        return rounds ? Grid.Round(positions) : Grid.Truncate(positions);
    }

    static double[] Plain(SchedulerConfig config, NoiseSchedule schedule, int steps)
    {
        var clips = config.ClassName is not (SchedulerClasses.UniPc or SchedulerClasses.Deis);
        var last = clips ? TimestepGrid.Unclipped(schedule, config.LambdaMinClipped) : schedule.Timesteps;
        var spaced = config.ClassName is SchedulerClasses.DpmSolverSinglestep
            ? config with { TimestepSpacing = TimestepSpacing.Linspace }
            : config;
        return TimestepGrid.AboveFirst(spaced, steps, last);
    }

    static double[] AtTimesteps(double[] timesteps, float[] table) =>
        Array.ConvertAll(timesteps, t => Grid.Interpolate(table, t));

    static StepGrid Final(
        SchedulerConfig config, double[] timesteps, double[] sigmas, bool converted, float[] table)
    {
        // DEIS and SA-Solver know no final setting: they stop at the grid's own end, never at zero noise.
        var stopsShort = config.ClassName is SchedulerClasses.Deis or SchedulerClasses.SaSolver;
        var ownEnd = converted && (stopsShort || config.ClassName is SchedulerClasses.UniPc) ? sigmas[^1] : table[0];
        var zero = !stopsShort && config.FinalSigmasType == FinalSigma.Zero;
        return StepGrid.Create(timesteps, sigmas, zero ? 0 : ownEnd);
    }

    static StepGrid DpmFlow(SchedulerConfig config, SamplerOptions options, int steps, float[] table)
    {
        var shift = Shift(config, options);
        var sigmas = Grid.Reversed(Array.ConvertAll(
            Grid.Linspace(1, 1.0 / config.NumTrainTimesteps, steps + 1), a => Shifted(1 - a, shift)))[..^1];
        var timesteps = Grid.Truncate(Array.ConvertAll(sigmas, s => s * config.NumTrainTimesteps));
        return Final(config, timesteps, sigmas, converted: true, table);
    }

    static StepGrid UniPcFlow(SchedulerConfig config, SamplerOptions options)
    {
        var sigmas = options.Sigmas is { } given
            ? [.. given]
            : Grid.Linspace(1, 1.0 / config.NumTrainTimesteps, 1 + (options.Steps
                ?? throw new InvalidSettingException("timesteps", "given", "steps or sigmas, as use_flow_sigmas is set")))[..^1];
        sigmas = FlowShift.Apply(config, options, sigmas, config.FlowShift);
        // At exactly 1 the log-SNR is infinite.
        const double Margin = 1e-6;
        if (Math.Abs(sigmas[0] - 1) < Margin) sigmas[0] -= Margin;
        var timesteps = Grid.Truncate(Array.ConvertAll(sigmas, s => s * config.NumTrainTimesteps));
        return StepGrid.Create(timesteps, sigmas, config.FinalSigmasType == FinalSigma.Zero ? 0 : sigmas[^1]);
    }

    static double Shift(SchedulerConfig config, SamplerOptions options) =>
        options.Mu is not { } mu ? config.FlowShift
        : config.UseDynamicShifting ? Math.Exp(mu)
        : throw new InvalidSettingException("mu", mu, "none unless use_dynamic_shifting is set");

    static double Shifted(double sigma, double shift) => shift * sigma / (1 + ((shift - 1) * sigma));

    static bool HasSigmaGrid(SchedulerConfig config) =>
        config.UseKarrasSigmas || config.UseExponentialSigmas || config.UseBetaSigmas || config.UseLuLambdas;

    static void Refuse(SchedulerConfig config)
    {
        if (HasSigmaGrid(config))
            throw new InvalidSettingException("timesteps", "given", "steps, as the configuration lays its own sigmas");
    }
}
