using System.Text.Json.Nodes;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>The <c>config.json</c> of a converted model: the one that came with it, or one that the weights tell.</summary>
static class ComponentConfig
{
    /// <summary>The text; null where there is nothing to say.</summary>
    /// <exception cref="InvalidSettingException">Something that the weights do not tell was not given.</exception>
    public static string? Text(OpenComponent component, ModelKind kind, ConversionOptions options) => kind switch
    {
        ModelKind.Transformer => Transformer(component, options).ToJson(),
        ModelKind.ControlNet => ControlNet(component),
        ModelKind.Autoencoder => Autoencoder(component, options).ToJson(),
        ModelKind.TextEncoder => (component.Config is { } config ? config.As(T5EncoderConfig.Read) : T5EncoderConfig.FromWeights(component.Weights)).ToJson(),
        _ => component.Config is { } other ? other.Root.GetRawText() + "\n" : null,
    };

    static PixArtTransformerConfig Transformer(OpenComponent component, ConversionOptions options)
    {
        if (component.Config is { } config && component.Identity.Kind == ModelKind.Transformer) return Given(component, config.As(PixArtTransformerConfig.Read), options);
        var side = options.Resolution / 8 ?? PixArtTransformerConfig.StoredSampleSize(component.Weights)
            ?? throw new InvalidSettingException("resolution", "not given", "the nominal side in pixels (256, 512, 1024 or 2048 in released models): the weights do not tell it");
        var shape = PixArtTransformerConfig.FromWeights(component.Weights, side, options.Heads);
        return (shape with { InterpolationScale = options.InterpolationScale ?? Scale(component.Weights, side) }).Validate();
    }

    static PixArtTransformerConfig Given(OpenComponent component, PixArtTransformerConfig config, ConversionOptions options) => (config with
    {
        SampleSize = options.Resolution / 8 ?? config.SampleSize,
        InterpolationScale = options.InterpolationScale ?? config.InterpolationScale,
        // Where files are silent, diffusers guesses by the resolution, and fails on some; the weights know.
        UseAdditionalConditions = component.Weights.Has("adaln_single.emb.resolution_embedder.linear_1.weight"),
    }).Validate();

    // Σ's positions reach to 32 at every resolution; α's do from 512 px on, which is also what diffusers takes without a word.
    static double? Scale(WeightsSource weights, int side) => TransformerFacts.IsSigma(weights) switch
    {
        true => side / 64.0,
        false => null,
        null when side >= 64 => null,
        null => throw new InvalidSettingException("interpolation scale", "not given", "1 for PixArt-α or 0.5 for PixArt-Σ: at this resolution they differ, and the weights do not tell which they are"),
    };

    static AutoencoderKLConfig Autoencoder(OpenComponent component, ConversionOptions options)
    {
        if (component.Config is { } config)
        {
            var read = config.As(AutoencoderKLConfig.Read);
            return options.ScalingFactor is { } factor ? read with { ScalingFactor = factor } : read;
        }

        return AutoencoderKLConfig.FromWeights(component.Weights, options.ScalingFactor
            ?? throw new InvalidSettingException("scaling factor", "not given", "0.18215 for Stable Diffusion's autoencoder (PixArt-α) or 0.13025 for SDXL's (PixArt-Σ): the weights do not tell it"));
    }

    static string ControlNet(OpenComponent component)
    {
        var copies = new WeightShapes(component.Weights).Count("controlnet_blocks.");
        return component.Config is { } config && component.Identity.Kind == ModelKind.ControlNet && !component.Weights.Has("pos_embed.proj.weight")
            ? config.Root.GetRawText() + "\n"
            : ModelConfigJson.Write(new JsonObject { ["_class_name"] = "PixArtControlNetAdapterModel", ["num_layers"] = copies });
    }
}
