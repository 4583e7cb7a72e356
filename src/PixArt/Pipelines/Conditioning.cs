using PixArt.Diffusion;

namespace PixArt.Pipelines;

/// <summary>What a batch of pictures is made from, beside its noise.</summary>
/// <param name="Prompts">One caption a picture, or all in one.</param>
/// <param name="Negatives">As many captions to steer away from; null: no guidance.</param>
/// <param name="GuidanceScale">How strongly.</param>
/// <param name="Height">Pixels that the latents stand for.</param>
/// <param name="Width">Pixels that the latents stand for.</param>
sealed record Conditioning(
    IReadOnlyList<TextFeatures> Prompts, IReadOnlyList<TextFeatures>? Negatives, double GuidanceScale, int Height, int Width)
{
    /// <summary>How much of the guided prediction's spread is taken back, where an expert has no share of its own.</summary>
    public double GuidanceRescale { get; init; }

    /// <summary>The timesteps that are guided; null: all.</summary>
    public TimestepInterval? GuidanceInterval { get; init; }

    /// <summary>Steering away from perturbed attention; null: none.</summary>
    public PerturbedAttentionOptions? PerturbedAttention { get; init; }

    /// <summary>Latents for the negative half alone; null: the run's own for both. Stays its owner's.</summary>
    public NegativeLatents? NegativeLatents { get; init; }

    /// <summary>A condition that steers through a ControlNet; null: none. Stays its owner's.</summary>
    public ControlInput? Control { get; init; }

    /// <summary>Whether another batch needs nothing prepared anew.</summary>
    public bool SameAs(Conditioning other) =>
        Prompts.SequenceEqual(other.Prompts) && (Negatives ?? []).SequenceEqual(other.Negatives ?? [])
        && (Negatives is null) == (other.Negatives is null)
        && GuidanceScale.Equals(other.GuidanceScale) && GuidanceRescale.Equals(other.GuidanceRescale)
        && GuidanceInterval == other.GuidanceInterval && PerturbedAttention == other.PerturbedAttention
        && ReferenceEquals(NegativeLatents, other.NegativeLatents) && ReferenceEquals(Control, other.Control) && (Height, Width) == (other.Height, other.Width);
}
