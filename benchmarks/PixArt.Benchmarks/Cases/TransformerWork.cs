using PixArt.Models;

namespace PixArt.Benchmarks.Cases;

/// <summary>Operations of a PixArt transformer as the reference executes it: a multiply-add is two, elementwise work is not counted.</summary>
internal static class TransformerWork
{
    /// <summary>One forward pass of a batch of square latents with captions of the full length.</summary>
    public static double Forward(PixArtTransformerConfig config, long batch, long latentSide, long captionTokens)
    {
        double d = config.HiddenSize, n = Math.Pow(latentSide / config.PatchSize, 2), l = captionTokens;
        double self = (4 * n * d * d) + (2 * n * n * d);
        double cross = (2 * n * d * d) + (2 * l * d * d) + (2 * n * l * d);
        double mlp = 8 * n * d * d;
        double patches = n * d * config.PatchSize * config.PatchSize * (config.InChannels + config.OutChannels);
        double caption = l * ((config.CaptionChannels ?? 0) + d) * d;
        return 2 * batch * ((config.NumLayers * (self + cross + mlp)) + patches + caption);
    }
}
