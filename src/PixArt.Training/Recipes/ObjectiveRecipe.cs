using PixArt.Training.Objectives;

namespace PixArt.Training.Recipes;

/// <summary>Which loss, on which timesteps.</summary>
public sealed record ObjectiveRecipe
{
    /// <summary>Which loss.</summary>
    public ObjectiveKind Kind { get; set; } = ObjectiveKind.MeanSquare;

    /// <summary>What the denoiser predicts; the result's scheduler is told.</summary>
    public PredictionTarget Target { get; set; } = PredictionTarget.Epsilon;

    /// <summary>Limit of the min-SNR loss weight, above 0, or null for weight 1.</summary>
    public double? MinSnrGamma { get; set; }

    /// <summary>How the min-SNR weight is carried over to the velocity.</summary>
    public MinSnrForm MinSnrForm { get; set; }

    /// <summary>Timesteps that are drawn more often, or null.</summary>
    public TimestepBias? Bias { get; set; }

    /// <summary>The function this describes.</summary>
    /// <param name="process">The noise schedule.</param>
    public IDenoisingObjective Build(DiffusionProcess process) => Kind == ObjectiveKind.PixArt
        ? new PixArtObjective(process) { Target = Target }
        : new MeanSquareObjective(process, Target, MinSnrGamma, MinSnrForm);

    internal void Validate()
    {
        if (MinSnrGamma is <= 0)
            throw new InvalidSettingException("objective.minSnrGamma", MinSnrGamma, "a number above 0, or null");
        if (Kind == ObjectiveKind.PixArt && (Target == PredictionTarget.Velocity || MinSnrGamma is not null))
            throw new InvalidSettingException("objective.kind", "pixArt", "'meanSquare' for velocity or min-SNR");
    }
}
