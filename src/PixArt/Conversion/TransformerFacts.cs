using System.Globalization;
using PixArt.Models;
using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>What a transformer's weights tell.</summary>
static class TransformerFacts
{
    /// <summary>What files of transformers hold beside the model: tables that are computed here, and the text of no text.</summary>
    public static readonly string[] Buffers = ["pos_embed", "pos_embed.pos_embed", "y_embedder.*", "caption_projection.y_embedding"];

    public static WeightsIdentity Identify(WeightsSource weights, ConfigJson? config)
    {
        var (shape, sure) = ShapeOf(weights, config);
        return WeightsIdentity.Compare(ModelKind.Transformer, weights, Facts(weights, shape, sure), Expected(weights, shape), Buffers);
    }

    /// <summary>What the model asks for.</summary>
    public static OrderedDictionary<string, long[]> Expected(WeightsSource weights, PixArtTransformerConfig shape) => ShapeProbe.Of(
        weights, store => new PixArtTransformer(shape with { UseAdditionalConditions = shape.UseAdditionalConditions ?? HasSizes(weights) }, store));

    /// <summary>The shape, and whether its heads are known: names and shapes are the same for any number of them.</summary>
    public static (PixArtTransformerConfig Shape, bool Sure) ShapeOf(WeightsSource weights, ConfigJson? config)
    {
        if (config is not null) return (config.As(PixArtTransformerConfig.Read), true);
        var sure = weights.Find("pos_embed.proj.weight") is { Shape: [var width, ..] } && width % 72 == 0;
        return (PixArtTransformerConfig.FromWeights(weights, heads: sure ? null : 1), sure);
    }

    /// <summary>True for Σ, false for α, null where the weights are the same for both.</summary>
    public static bool? IsSigma(WeightsSource weights)
    {
        var none = weights.Find("y_embedder.y_embedding") ?? weights.Find("caption_projection.y_embedding") ?? weights.Find("base_model.y_embedder.y_embedding");
        if (none is { Shape: [300, _] }) return true;
        if (none is { Shape: [120, _] } || HasSizes(weights)) return false;
        var sigma = weights.Has("transformer_blocks.0.attn1.q_norm.weight") || weights.Names.Any(name => name.EndsWith(".attn1.sr.weight", StringComparison.Ordinal));
        return sigma ? true : null;
    }

    public static IReadOnlyList<string> Facts(WeightsSource weights, PixArtTransformerConfig shape, bool sure)
    {
        var family = IsSigma(weights) switch { true => "Σ", false => "α", null => "α or Σ, their tensors are the same" };
        List<string> facts =
        [
            $"PixArt transformer ({family}), {weights.Layout}",
            Text($"{shape.NumLayers} blocks of width {shape.HiddenSize}{(sure ? Text($" in {shape.NumAttentionHeads} heads") : "")}, patches of {shape.PatchSize}, {shape.InChannels} channels in and {shape.OutChannels} out, captions of {shape.CaptionChannels ?? shape.CrossAttentionDim}"),
            shape.UseAdditionalConditions ?? HasSizes(weights) ? "micro-conditions: size and aspect ratio" : "no micro-conditions",
        ];
        if (shape.KvCompression is { } compression)
            facts.Add(Text($"keys and values compressed ({compression.SamplingName}, factor {compression.ScaleFactor}) in blocks {Ranges(compression.Layers)}"));
        if (shape.QkNorm) facts.Add("query and key norms");
        if (PixArtTransformerConfig.StoredSampleSize(weights) is { } side) facts.Add(Text($"nominal resolution {side * 8} px, by its position table"));
        return facts;
    }

    static bool HasSizes(WeightsSource weights) => weights.Has("adaln_single.emb.resolution_embedder.linear_1.weight");

    // 14, 15, 16, 20 as "14 to 16, 20".
    static string Ranges(IReadOnlyList<int> layers)
    {
        var runs = new List<(int First, int Last)>();
        foreach (var layer in layers.Order())
        {
            if (runs.Count > 0 && runs[^1].Last == layer - 1) runs[^1] = (runs[^1].First, layer);
            else runs.Add((layer, layer));
        }

        return string.Join(", ", runs.Select(run => run.First == run.Last ? Text($"{run.First}") : Text($"{run.First} to {run.Last}")));
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
