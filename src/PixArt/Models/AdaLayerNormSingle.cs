using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>Timestep and, where used, size and aspect ratio, to the modulation that all blocks share.</summary>
internal sealed class AdaLayerNormSingle
{
    readonly long width;
    readonly ScalarEmbedder timestepEmbedder;
    readonly ScalarEmbedder? resolutionEmbedder, aspectRatioEmbedder;
    readonly Linear linear;

    internal AdaLayerNormSingle(ParameterScope p, PixArtTransformerConfig config)
    {
        width = config.HiddenSize;
        var emb = p.Sub("emb");
        timestepEmbedder = new ScalarEmbedder(emb.Sub("timestep_embedder"), width);
        if (config.UseAdditionalConditions ?? Carried(emb, width) ?? config.SampleSize == 128)
        {
            resolutionEmbedder = new ScalarEmbedder(emb.Sub("resolution_embedder"), width / 3);
            aspectRatioEmbedder = new ScalarEmbedder(emb.Sub("aspect_ratio_embedder"), width / 3);
        }
        linear = new Linear(p.Sub("linear"), width, 6 * width, init: Init.Normal(0.02));
    }

    internal bool UsesAdditionalConditions => resolutionEmbedder is not null;

    // Whether the weights carry the size embedders; null where there are no weights.
    static bool? Carried(ParameterScope emb, long width) => emb.IsFromScratch ? null
        : width % 3 == 0 && emb.Optional("resolution_embedder.linear_1.weight", [width / 3, ScalarEmbedder.InFeatures]) is not null;

    // timestep [B] -> modulation [B or 1, 6, D], embedded [B or 1, 1, D]
    internal (Tensor Modulation, Tensor Embedded) Forward(Tensor timestep, long batch, Tensor? resolution, Tensor? aspectRatio)
    {
        using var scope = TensorScope.Begin();
        var embedded = timestepEmbedder.Forward(Rows("timestep", timestep.Reshape(-1, 1), batch, 1));
        if (resolutionEmbedder is not null)
        {
            if (resolution is null || aspectRatio is null)
                throw new InvalidSettingException(resolution is null ? "resolution" : "aspectRatio", "none", "a value: this model is conditioned on size and aspect ratio");
            var size = resolutionEmbedder.Forward(Rows("resolution", resolution, batch, 2));           // [B, 2 D/3]
            var aspect = aspectRatioEmbedder!.Forward(Rows("aspectRatio", aspectRatio, batch, 1));     // [B, D/3]
            var rows = Math.Max(size.Size(0), aspect.Size(0));
            embedded = embedded + Tensor.Cat([size.Expand(rows, -1), aspect.Expand(rows, -1)], 1);
        }
        var modulation = linear.Forward(Functional.Silu(embedded));
        return (scope.Keep(modulation.View(-1, 6, width)), scope.Keep(embedded.View(-1, 1, width)));
    }

    // A batch of equal rows becomes one row, which broadcasts (and spares the blocks a pass); a smaller batch is repeated.
    static Tensor Rows(string name, Tensor values, long batch, int columns)
    {
        var rows = values.Size(0);
        if (values.Rank != 2 || values.Size(1) != columns || rows == 0 || batch % rows != 0)
            throw new InvalidSettingException(name, TokenGrid.Text(values), $"[{batch}, {columns}]");
        if (rows == 1) return values;
        if (values.Device == Device.Cpu)
        {
            var numbers = values.To(ScalarType.Float32).Contiguous().ToArray<float>();
            if (numbers.AsSpan(columns).SequenceEqual(numbers.AsSpan(0, numbers.Length - columns))) return values.Narrow(0, 0, 1);
        }
        return rows == batch ? values : values.Repeat(batch / rows, 1);
    }
}
