namespace PixArt.Diffusion;

/// <summary>What one run asks of a sampler, beyond the scheduler's configuration.</summary>
public sealed record SamplerOptions
{
    /// <summary>How many steps, 1 to T. Exactly one of this, <see cref="Timesteps"/> and <see cref="Sigmas"/> is given; none to a sampler
    /// that chooses its steps (<see cref="Samplers.ChoosesSteps"/>).</summary>
    public int? Steps { get; init; }

    /// <summary>The timesteps themselves, falling, instead of a count.</summary>
    public IReadOnlyList<double>? Timesteps { get; init; }

    /// <summary>The noise levels themselves, falling, for samplers that take them (Euler: with the final one).</summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>The shift exponent of dynamic shifting; null: none.</summary>
    public double? Mu { get; init; }

    /// <summary>The share of the noise of DDPM that DDIM (default 0) or TCD (default 0.3) draws, in [0, 1].</summary>
    public double? Eta { get; init; }

    /// <summary>Whether DDIM recomputes the noise from the clipped sample.</summary>
    public bool UseClippedModelOutput { get; init; }

    /// <summary>How much noise Euler adds before each step (Karras et al. 2022, algorithm 2); 0 or more.</summary>
    public double Churn { get; init; }

    /// <summary>The lowest noise level that churns.</summary>
    public double ChurnMin { get; init; }

    /// <summary>The highest noise level that churns.</summary>
    public double ChurnMax { get; init; } = double.PositiveInfinity;

    /// <summary>Multiplies the noise that churning adds.</summary>
    public double ChurnNoise { get; init; } = 1;

    /// <summary>SA-Solver's τ by timestep; null: 1 in [200, 800], else 0.</summary>
    public Func<double, double>? Tau { get; init; }

    /// <summary>Which of LCM's grids; <see cref="LcmGrid.Even"/> is that of current diffusers.</summary>
    public LcmGrid LcmGrid { get; init; }

    /// <summary>The length of LCM's distillation grid for this run; null: the configuration's.</summary>
    public int? OriginalInferenceSteps { get; init; }

    /// <summary>The part of LCM's distillation grid that is used, from its clean end, in (0, 1].</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Checks the values.</summary>
    /// <param name="config">The sampler's settings.</param>
    /// <returns>The options themselves.</returns>
    /// <exception cref="InvalidSettingException">A value is out of its range.</exception>
    internal SamplerOptions Validated(SchedulerConfig config)
    {
        var trainTimesteps = config.NumTrainTimesteps;
        var ways = (Steps is null ? 0 : 1) + (Timesteps is null ? 0 : 1) + (Sigmas is null ? 0 : 1);
        if (config.ClassName is SchedulerClasses.AdaptiveDpmSolver)
        {
            Require(ways == 0, "steps", Steps as object ?? "given", $"none with {config.ClassName}: it takes as many as it needs");
        }
        else
        {
            Require(ways > 0, "steps", null, "a number of steps, or timesteps or sigmas instead");
            Require(ways == 1, Steps is null ? "timesteps" : "steps", Steps as object ?? "given", "one alone of steps, timesteps and sigmas");
        }

        Require(Steps is null || (Steps >= 1 && Steps <= trainTimesteps), "steps", Steps,
            $"a whole number from 1 to {trainTimesteps}");
        RequireFalling("timesteps", Timesteps, trainTimesteps);
        RequireFalling("sigmas", Sigmas, double.PositiveInfinity);
        Require(Eta is null or (>= 0 and <= 1), "eta", Eta, "a number in [0, 1]");
        Require(Churn is >= 0 and < double.PositiveInfinity, "churn", Churn, "0 or more");
        Require(Strength is > 0 and <= 1, "strength", Strength, "a number in (0, 1]");
        Require(Mu is null || double.IsFinite(Mu.Value), "mu", Mu, "a finite number");
        Require(OriginalInferenceSteps is null || (OriginalInferenceSteps >= 1 && OriginalInferenceSteps <= trainTimesteps),
            "original_inference_steps", OriginalInferenceSteps, $"1 to {trainTimesteps}");
        return this;
    }

    static void RequireFalling(string field, IReadOnlyList<double>? values, double below)
    {
        if (values is null) return;
        Require(values.Count > 0, field, "[]", "at least one value");
        for (var i = 0; i < values.Count; i++)
        {
            Require(values[i] >= 0 && values[i] < below, field, values[i], $"values in [0, {below})");
            Require(i == 0 || values[i] < values[i - 1], field, values[i], $"falling values: the one before is {values[Math.Max(i - 1, 0)]}");
        }
    }

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException(field, value, expected);
    }
}
