using PixArt.Training.Objectives;

namespace PixArt.Training.Recipes;

/// <summary>Which loss, on which timesteps.</summary>
public sealed record ObjectiveRecipe
{
    /// <summary>Which loss.</summary>
    public ObjectiveKind Kind { get; set; } = ObjectiveKind.MeanSquare;

    /// <summary>What the denoiser predicts; the result's scheduler is told.</summary>
    public PredictionTarget Target { get; set; } = PredictionTarget.Epsilon;

    /// <summary>Rescales the noise schedule so that its last timestep is pure noise (Lin et al. 2023); the result's scheduler is told. Not
    /// for <see cref="PredictionTarget.Epsilon"/>: there is nothing to be told from pure noise but the noise.</summary>
    public bool ZeroTerminalSnr { get; set; }

    /// <summary>Limit of the min-SNR loss weight, above 0, or null for weight 1.</summary>
    public double? MinSnrGamma { get; set; }

    /// <summary>Which form of the min-SNR weight.</summary>
    public MinSnrForm MinSnrForm { get; set; }

    /// <summary>Measures errors by the pseudo-Huber loss instead of squares, or null.</summary>
    public HuberLoss? Huber { get; set; }

    /// <summary>Compares x_0 for timesteps up to 249 and the noise above (the original repositories' <c>snr_loss</c>); for kind
    /// <c>pixArt</c>.</summary>
    public bool SwitchTarget { get; set; }

    /// <summary>How the noise differs from plain normal draws, or null.</summary>
    public NoiseOptions? Noise { get; set; }

    /// <summary>Timesteps that are drawn more often, or null.</summary>
    public TimestepBias? Bias { get; set; }

    /// <summary>The function this describes, on PixArt's noise schedule.</summary>
    public IDenoisingObjective Build()
    {
        var linear = DiffusionProcess.Linear();
        var process = ZeroTerminalSnr ? linear.WithZeroTerminalSnr() : linear;
        return Kind == ObjectiveKind.PixArt
            ? new PixArtObjective(process) { Target = Target, SwitchTarget = SwitchTarget }
            : new MeanSquareObjective(process, Target, MinSnrGamma, MinSnrForm) { Huber = Huber };
    }

    internal void Validate()
    {
        Require(MinSnrGamma is null or > 0, "minSnrGamma", MinSnrGamma, "a number above 0, or null");
        Require(MinSnrForm == MinSnrForm.Standard || MinSnrGamma is not null, "minSnrForm", RecipeJson.Name(MinSnrForm), "'standard', or a 'minSnrGamma'");
        Require(
            MinSnrForm != MinSnrForm.Shifted || Target == PredictionTarget.Velocity, "minSnrForm", "shifted", "'standard' or 'soft', as 'target' is not 'velocity'");
        Huber?.Validate("objective.huber");
        Noise?.Validate("objective.noise");
        Require(Kind == ObjectiveKind.PixArt || !SwitchTarget, "switchTarget", true, "false, or 'kind' pixArt");
        Require(
            !ZeroTerminalSnr || Target != PredictionTarget.Epsilon, "target", "epsilon",
            "'velocity' or 'sample', as with 'zeroTerminalSnr' the last timestep is pure noise");
        Require(
            Kind != ObjectiveKind.PixArt || (Target != PredictionTarget.Velocity && MinSnrGamma is null && Huber is null), "kind", "pixArt",
            "'meanSquare' for velocity, min-SNR or Huber");
        Require(!SwitchTarget || !ZeroTerminalSnr, "switchTarget", true, "false, as with 'zeroTerminalSnr' no noise can be told from the last timestep");
    }

    /// <summary>Refuses what a loss of another kind would not look at.</summary>
    /// <param name="instead">What has that loss.</param>
    /// <param name="weighs">Whether it takes the standard min-SNR weight.</param>
    internal void RequireTargetAlone(string instead, bool weighs = false)
    {
        Require(!weighs || MinSnrForm == MinSnrForm.Standard, "minSnrForm", RecipeJson.Name(MinSnrForm), $"standard, as '{instead}' is set");
        foreach (var (field, value) in new (string, object?)[] { ("minSnrGamma", weighs ? null : MinSnrGamma), ("huber", Huber), ("noise", Noise), ("bias", Bias) })
            Require(value is null, field, value is double number ? number : "given", $"null, as '{instead}' has a loss of its own");
    }

    static void Require(bool holds, string field, object? value, string expected)
    {
        if (!holds) throw new InvalidSettingException("objective." + field, value, expected);
    }
}
