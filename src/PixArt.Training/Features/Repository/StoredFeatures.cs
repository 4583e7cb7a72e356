namespace PixArt.Training.Features.Repository;

/// <summary>What a recipe trains on out of the repositories' files.</summary>
/// <param name="Latents">Latents of pictures, or a teacher's.</param>
/// <param name="Text">Features of their captions, or null.</param>
sealed record StoredFeatures(ILatentData Latents, ITextFeatures? Text)
{
    /// <summary>Latents of the pictures' edges, for a recipe that trains on them.</summary>
    public ILatentData? Edges { get; init; }

    /// <summary>The noise that the teacher made its latents from.</summary>
    public ILatentData? Noise { get; init; }
}
