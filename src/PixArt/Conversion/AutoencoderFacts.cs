using System.Globalization;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>What an autoencoder's weights tell.</summary>
static class AutoencoderFacts
{
    // Stable Diffusion's training kept these beside the autoencoder.
    static readonly string[] s_ignored = ["loss.*", "model_ema.*"];

    public static WeightsIdentity Identify(WeightsSource weights, ConfigJson? config)
    {
        var shape = config is null ? AutoencoderKLConfig.FromWeights(weights) : config.As(AutoencoderKLConfig.Read);
        IReadOnlyList<string> facts =
        [
            $"autoencoder (AutoencoderKL), {weights.Layout}",
            string.Create(CultureInfo.InvariantCulture, $"levels of {string.Join(", ", shape.BlockOutChannels)} channels with {shape.LayersPerBlock} residual blocks each, {shape.LatentChannels} latent channels"),
            config is null
                ? "scaling factor not in the weights: 0.18215 for Stable Diffusion's (α), 0.13025 for SDXL's (Σ)"
                : string.Create(CultureInfo.InvariantCulture, $"scaling factor {shape.ScalingFactor}"),
        ];
        return WeightsIdentity.Compare(ModelKind.Autoencoder, weights, facts, ShapeProbe.Of(weights, store => new AutoencoderKL(shape, store)), s_ignored);
    }
}
