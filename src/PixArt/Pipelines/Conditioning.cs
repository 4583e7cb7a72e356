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
    /// <summary>Whether another batch needs nothing prepared anew.</summary>
    public bool SameAs(Conditioning other) =>
        Prompts.SequenceEqual(other.Prompts) && (Negatives ?? []).SequenceEqual(other.Negatives ?? [])
        && (Negatives is null) == (other.Negatives is null)
        && GuidanceScale.Equals(other.GuidanceScale) && (Height, Width) == (other.Height, other.Width);
}
