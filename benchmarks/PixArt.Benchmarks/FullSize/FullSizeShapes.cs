using PixArt.Models;

namespace PixArt.Benchmarks.FullSize;

/// <summary>The shapes of a whole model, and of the larger transformer of a pair.</summary>
/// <param name="Name">How the table calls it.</param>
/// <param name="Text">The text encoder.</param>
/// <param name="Transformer">The single transformer.</param>
/// <param name="Expert">Each of the two experts.</param>
/// <param name="Autoencoder">The autoencoder.</param>
internal sealed record FullSizeShapes(
    string Name, T5EncoderConfig Text, PixArtTransformerConfig Transformer, PixArtTransformerConfig Expert, AutoencoderKLConfig Autoencoder)
{
    /// <summary>T5-XXL, PixArt-XL/2, the 900M transformer, Stable Diffusion's autoencoder.</summary>
    public static FullSizeShapes Released { get; } = new(
        "released sizes", new T5EncoderConfig(), new PixArtTransformerConfig { UseAdditionalConditions = false },
        new PixArtTransformerConfig { NumLayers = 42, UseAdditionalConditions = false }, new AutoencoderKLConfig());

    /// <summary>The same in little, to try the measurement itself.</summary>
    public static FullSizeShapes Little { get; } = new(
        "a little model", new T5EncoderConfig { DModel = 512, DKv = 64, NumHeads = 8, DFf = 1024, NumLayers = 4 },
        LittleTransformer(2), LittleTransformer(3), new AutoencoderKLConfig { BlockOutChannels = [16, 32, 32, 32], LayersPerBlock = 1, NormNumGroups = 8 });

    private static PixArtTransformerConfig LittleTransformer(int layers) => new()
    {
        NumAttentionHeads = 4,
        AttentionHeadDim = 24,
        CrossAttentionDim = 96,
        CaptionChannels = 512,
        NumLayers = layers,
        UseAdditionalConditions = false,
    };
}
