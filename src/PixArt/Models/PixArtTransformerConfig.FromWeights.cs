using System.Globalization;
using PixArt.Weights;

namespace PixArt.Models;

public sealed partial record PixArtTransformerConfig
{
    // The head width of every released PixArt.
    const int UsualHeadDim = 72;

    /// <summary>The shape that weights have. Tables and shapes do not tell everything: the nominal resolution, the number of heads where the
    /// head width is not 72, and key/value compression without weights (any but <c>conv</c>) must be given.</summary>
    /// <param name="weights">A transformer under diffusers' names.</param>
    /// <param name="sampleSize">Latent side of the nominal resolution; without it that of a stored position table, or 128.</param>
    /// <param name="heads">Attention heads, where they cannot be told from the width.</param>
    /// <exception cref="WeightsException">A tensor that every transformer has is missing.</exception>
    /// <exception cref="InvalidSettingException">The shapes are not those of a transformer, or the heads cannot be told.</exception>
    public static PixArtTransformerConfig FromWeights(WeightsSource weights, int? sampleSize = null, int? heads = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var shapes = new WeightShapes(weights);
        const string patches = "pos_embed.proj.weight";
        var (width, patch) = (shapes.Size(patches, 0, rank: 4), shapes.Size(patches, 2, rank: 4));
        if (heads is null && width % UsualHeadDim != 0)
            throw new InvalidSettingException("heads", "not given", $"the number of attention heads: a width of {width} does not tell it");
        var headCount = heads ?? width / UsualHeadDim;
        if (headCount < 1 || width % headCount != 0) throw new InvalidSettingException("heads", headCount, $"a divisor of the width {width}");
        const string captions = "caption_projection.linear_1.weight";
        var compressed = CompressedLayers(weights);
        return new PixArtTransformerConfig
        {
            NumAttentionHeads = headCount,
            AttentionHeadDim = width / headCount,
            InChannels = shapes.Size(patches, 1, rank: 4),
            OutChannels = shapes.Size("proj_out.weight", 0, rank: 2) / (patch * patch),
            NumLayers = shapes.Count("transformer_blocks."),
            CrossAttentionDim = shapes.Size("transformer_blocks.0.attn2.to_k.weight", 1, rank: 2),
            AttentionBias = weights.Has("transformer_blocks.0.attn1.to_q.bias"),
            SampleSize = sampleSize ?? StoredSampleSize(weights) ?? 128,
            PatchSize = patch,
            UseAdditionalConditions = weights.Has("adaln_single.emb.resolution_embedder.linear_1.weight"),
            CaptionChannels = weights.Has(captions) ? shapes.Size(captions, 1, rank: 2) : null,
            QkNorm = weights.Has("transformer_blocks.0.attn1.q_norm.weight"),
            KvCompression = compressed.Length == 0 ? null : new(
                KeyValueSampling.Conv, shapes.Size(ReductionOf(compressed[0]), 2, rank: 4), compressed),
        }.Validate();
    }

    /// <summary>The latent side that a stored position table [1, N, D] is for; null where there is none.</summary>
    internal static int? StoredSampleSize(WeightsSource weights)
    {
        var table = weights.Find("pos_embed") ?? weights.Find("pos_embed.pos_embed");
        if (table is not { Shape: [1, var tokens, _] } || weights.Find("pos_embed.proj.weight") is not { Shape: [_, _, var patch, _] }) return null;
        var side = (long)Math.Round(Math.Sqrt(tokens));
        return side * side == tokens && side * patch is > 0 and < 100_000 ? (int)(side * patch) : null;
    }

    static int[] CompressedLayers(WeightsSource weights) =>
        [.. weights.Names.Where(name => name.EndsWith(".attn1.sr.weight", StringComparison.Ordinal))
            .Select(name => WeightShapes.Index(name, "transformer_blocks.")).OfType<int>().Order()];

    static string ReductionOf(int layer) => string.Create(CultureInfo.InvariantCulture, $"transformer_blocks.{layer}.attn1.sr.weight");
}
