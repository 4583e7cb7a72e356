namespace PixArt.Training.Recipes;

/// <summary>Where a transformer's latents come from.</summary>
public sealed record LatentRecipe
{
    /// <summary>The autoencoder's component folder.</summary>
    public string Autoencoder { get; set; } = "";

    /// <summary>A folder that keeps latents between runs, or null: every sample is encoded each time it is seen.</summary>
    public string? Cache { get; set; }

    /// <summary>Draws from the autoencoder's posterior, as PixArt does, instead of taking its mean. A cache then holds the
    /// deviations too and takes twice the space.</summary>
    public bool SamplePosterior { get; set; }

    internal void Validate()
    {
        if (Autoencoder.Length == 0) throw new InvalidSettingException("latents.autoencoder", Autoencoder, "a component folder");
    }
}
