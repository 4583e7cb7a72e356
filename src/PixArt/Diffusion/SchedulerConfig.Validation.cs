namespace PixArt.Diffusion;

public sealed partial record SchedulerConfig
{
    /// <summary>Checks every setting.</summary>
    /// <returns>The configuration itself.</returns>
    /// <exception cref="InvalidSettingException">A setting is out of its range, or two exclude each other.</exception>
    public SchedulerConfig Validated()
    {
        Require(NumTrainTimesteps is >= 1 and <= 1_000_000, "num_train_timesteps", NumTrainTimesteps, "1 to 1000000");
        Require(BetaStart is > 0 and < 1, "beta_start", BetaStart, "a number in (0, 1)");
        Require(BetaEnd is > 0 and < 1, "beta_end", BetaEnd, "a number in (0, 1)");
        Require(TrainedBetas is null || TrainedBetas.Count == NumTrainTimesteps, "trained_betas",
            $"{TrainedBetas?.Count} values", $"num_train_timesteps = {NumTrainTimesteps} values");
        foreach (var beta in TrainedBetas ?? [])
            Require(beta is >= 0 and <= 1, "trained_betas", beta, "numbers in [0, 1]");
        Require(StepsOffset is >= 0 and < 1_000_000, "steps_offset", StepsOffset, "0 or more");
        Require(SolverOrder is >= 1 and <= 3, "solver_order", SolverOrder, "1, 2 or 3");
        Require(PredictorOrder is >= 1 and <= 3, "predictor_order", PredictorOrder, "1, 2 or 3");
        Require(CorrectorOrder is >= 1 and <= 4, "corrector_order", CorrectorOrder, "1, 2, 3 or 4");
        Require(DynamicThresholdingRatio is > 0 and <= 1, "dynamic_thresholding_ratio", DynamicThresholdingRatio,
            "a number in (0, 1]");
        Require(SampleMaxValue is >= 1, "sample_max_value", SampleMaxValue, "1 or more");
        Require(ClipSampleRange is > 0, "clip_sample_range", ClipSampleRange, "above 0");
        Require(FlowShift is > 0 and < double.PositiveInfinity, "flow_shift", FlowShift, "above 0");
        Require(Shift is > 0 and < double.PositiveInfinity, "shift", Shift, "above 0");
        Require(ShiftTerminal is null or (>= 0 and < 1), "shift_terminal", ShiftTerminal, "a number in [0, 1)");
        Require(SigmaMin is null or > 0, "sigma_min", SigmaMin, "above 0");
        Require(SigmaMax is null or > 0, "sigma_max", SigmaMax, "above 0");
        Require(SigmaMin is not { } low || SigmaMax is not { } high || low < high, "sigma_max", SigmaMax,
            $"above sigma_min = {SigmaMin}");
        Require(!double.IsNaN(LambdaMinClipped), "lambda_min_clipped", LambdaMinClipped, "a number or -Infinity");
        Require(OriginalInferenceSteps >= 1 && OriginalInferenceSteps <= NumTrainTimesteps, "original_inference_steps",
            OriginalInferenceSteps, $"1 to num_train_timesteps = {NumTrainTimesteps}");
        Require(TimestepScaling is > 0, "timestep_scaling", TimestepScaling, "above 0");
        Require(InterpolationType is "linear" or "log_linear", "interpolation_type", InterpolationType,
            "linear or log_linear");
        Require(TimestepType is "discrete" or "continuous", "timestep_type", TimestepType, "discrete or continuous");
        Require(TimeShiftType is "exponential" or "linear", "time_shift_type", TimeShiftType, "exponential or linear");
        RequireOneSigmaGrid();
        RequireKnownSolver();
        return this;
    }

    void RequireOneSigmaGrid()
    {
        string[] chosen =
        [
            .. UseKarrasSigmas ? ["use_karras_sigmas"] : Array.Empty<string>(),
            .. UseExponentialSigmas ? ["use_exponential_sigmas"] : Array.Empty<string>(),
            .. UseBetaSigmas ? ["use_beta_sigmas"] : Array.Empty<string>(),
        ];
        Require(chosen.Length <= 1, chosen.FirstOrDefault() ?? "", true, $"alone: {string.Join(" and ", chosen)} exclude each other");
    }

    void RequireKnownSolver()
    {
        var (algorithms, solvers) = Choices(ClassName);
        Require(algorithms.Length == 0 || algorithms.Contains(AlgorithmType), "algorithm_type", AlgorithmType,
            string.Join(" or ", algorithms));
        Require(solvers.Length == 0 || solvers.Contains(SolverType), "solver_type", SolverType,
            string.Join(" or ", solvers));
        // The first-order step to zero noise divides by it in the noise-prediction form.
        Require(
            ClassName is not (SchedulerClasses.DpmSolverMultistep or SchedulerClasses.DpmSolverSinglestep)
                || AlgorithmType is not ("dpmsolver" or "sde-dpmsolver") || FinalSigmasType == FinalSigma.SigmaMin,
            "final_sigmas_type", "zero", $"sigma_min with algorithm_type {AlgorithmType}");
    }

    // A value that belongs to another class's vocabulary gives way to this class's own.
    SchedulerConfig Fitted()
    {
        var (algorithms, solvers) = Choices(ClassName);
        var defaults = DefaultsOf(ClassName);
        string[] everyAlgorithm = ["dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver", "deis",
            "data_prediction", "noise_prediction"];
        string[] everySolver = ["midpoint", "heun", "bh1", "bh2", "logrho"];
        return this with
        {
            AlgorithmType = !algorithms.Contains(AlgorithmType) && everyAlgorithm.Contains(AlgorithmType)
                ? defaults.AlgorithmType : AlgorithmType,
            SolverType = !solvers.Contains(SolverType) && everySolver.Contains(SolverType)
                ? defaults.SolverType : SolverType,
        };
    }

    static (string[] Algorithms, string[] Solvers) Choices(string className) => className switch
    {
        SchedulerClasses.DpmSolverMultistep =>
            (["dpmsolver++", "dpmsolver", "sde-dpmsolver++", "sde-dpmsolver"], ["midpoint", "heun"]),
        SchedulerClasses.DpmSolverSinglestep => (["dpmsolver++", "dpmsolver", "sde-dpmsolver++"], ["midpoint", "heun"]),
        SchedulerClasses.UniPc => ([], ["bh1", "bh2"]),
        SchedulerClasses.Deis => (["deis"], ["logrho"]),
        SchedulerClasses.OriginalDpmSolver or SchedulerClasses.AdaptiveDpmSolver => (["dpmsolver++", "dpmsolver"], ["midpoint", "heun"]),
        SchedulerClasses.SaSolver or SchedulerClasses.OriginalSaSolver => (["data_prediction", "noise_prediction"], []),
        _ => ([], []),
    };

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException(field, value, expected);
    }
}
