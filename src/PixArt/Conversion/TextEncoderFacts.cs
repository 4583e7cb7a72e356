using System.Globalization;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>What the weights of a T5 encoder tell.</summary>
static class TextEncoderFacts
{
    /// <summary>What files hold beside the encoder: the decoder, its head, and the tied embedding under its other names.</summary>
    public static readonly string[] Ignored = ["decoder.*", "lm_head.*", "shared.weight", "encoder.embed_tokens.weight"];

    public static WeightsIdentity Identify(WeightsSource weights, ConfigJson? config)
    {
        var shape = config is null ? T5EncoderConfig.FromWeights(weights) : config.As(T5EncoderConfig.Read);
        List<string> facts =
        [
            $"T5 encoder ({(shape.IsGated ? "v1.1, gated GELU" : "v1.0, ReLU")}), {weights.Layout}",
            string.Create(CultureInfo.InvariantCulture, $"{shape.NumLayers} blocks of width {shape.DModel} in {shape.NumHeads} heads of {shape.DKv}, feed-forward {shape.DFf}, vocabulary {shape.VocabSize}"),
        ];
        if (weights.Names.Any(name => name.StartsWith("decoder.", StringComparison.Ordinal) || name.StartsWith("dec.", StringComparison.Ordinal)))
            facts.Add("with a decoder, which captions do not need");
        return WeightsIdentity.Compare(ModelKind.TextEncoder, weights, facts, ShapeProbe.Of(weights, store => new T5Encoder(shape, store)), Ignored);
    }
}
