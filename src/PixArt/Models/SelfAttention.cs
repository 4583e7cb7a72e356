using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>Attention among image tokens, with the optional QK norm and key/value compression of PixArt-Σ.</summary>
internal sealed class SelfAttention
{
    const double InnerNormEps = 1e-5;
    readonly ParameterScope p;
    readonly int heads;
    readonly Linear toQ, toK, toV, toOut;
    readonly LayerNorm? qNorm, kNorm, norm;
    readonly KeyValueCompression? compression;
    readonly Conv2d? reduce;
    (Tensor Weight, Tensor? Bias)? fused;

    internal SelfAttention(ParameterScope p, PixArtTransformerConfig config, int layer)
    {
        this.p = p;
        long width = config.HiddenSize;
        heads = config.NumAttentionHeads;
        toQ = new Linear(p.Sub("to_q"), width, width, config.AttentionBias);
        toK = new Linear(p.Sub("to_k"), width, width, config.AttentionBias);
        toV = new Linear(p.Sub("to_v"), width, width, config.AttentionBias);
        toOut = new Linear(p.Sub("to_out", 0), width, width);
        if (config.QkNorm)
        {
            qNorm = new LayerNorm(p.Sub("q_norm"), width, InnerNormEps);
            kNorm = new LayerNorm(p.Sub("k_norm"), width, InnerNormEps);
        }
        if (config.KvCompression?.Applies(layer) != true) return;
        compression = config.KvCompression;
        if (compression.Sampling != KeyValueSampling.Conv) return;
        long factor = compression.ScaleFactor;
        reduce = new Conv2d(p.Sub("sr"), width, width, factor, stride: factor, groups: width, init: Init.Constant(1.0 / (factor * factor)));
        norm = new LayerNorm(p.Sub("norm"), width, InnerNormEps);
    }

    internal void FuseProjections(ParameterStore parameters)
    {
        if (fused is not null || toQ.IsExpanded) return;
        string[] layers = [p.Sub("to_q").Prefix, p.Sub("to_k").Prefix, p.Sub("to_v").Prefix];
        fused = (parameters.Join([.. layers.Select(layer => layer + "weight")]),
            toQ.Bias is null ? null : parameters.Join([.. layers.Select(layer => layer + "bias")]));
    }

    // x [B, N, D] -> [B, N, D]
    internal Tensor Forward(Tensor x, TokenGrid grid, Tensor? bias)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(Attend(Project(x), grid, bias));
    }

    // An adapter need not be linear.
    internal bool TakesFactors => toQ.Adapter is null && toK.Adapter is null && toV.Adapter is null;

    // The same of tokens that are sums of a few rows; the sums' coefficients add up to one.
    internal Tensor Forward(TokenFactors x, TokenGrid grid, Tensor? bias)
    {
        using var scope = TensorScope.Begin();
        var (q, k, v) = Project(x.Rows);
        return scope.Keep(Attend((x.Sum(q), x.Sum(k), x.Sum(v)), grid, bias));
    }

    Tensor Attend((Tensor Q, Tensor K, Tensor V) projected, TokenGrid grid, Tensor? bias)
    {
        var (q, k, v) = projected;
        if (qNorm is not null) (q, k) = (qNorm.Forward(q), kNorm!.Forward(k));
        if (compression is not null) (k, v) = (Compress(k, grid), Compress(v, grid));
        var attended = Functional.ScaledDotProductAttention(Heads.Split(q, heads), Heads.Split(k, heads), Heads.Split(v, heads), bias);
        return toOut.Forward(Heads.Join(attended));
    }

    // Every token attends to itself alone.
    internal Tensor Identity(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var value = fused is { } weights
            ? Functional.Linear(x, weights.Weight.Chunk(3)[2], weights.Bias?.Chunk(3)[2])
            : toV.Forward(x);
        return scope.Keep(toOut.Forward(value));
    }

    (Tensor Q, Tensor K, Tensor V) Project(Tensor x)
    {
        if (fused is not { } weights) return (toQ.Forward(x), toK.Forward(x), toV.Forward(x));
        var qkv = Functional.Linear(x, weights.Weight, weights.Bias).Chunk(3, -1);
        return (toQ.Adapt(x, qkv[0]), toK.Adapt(x, qkv[1]), toV.Adapt(x, qkv[2]));
    }

    // [B, N, D] -> [B, N / factor², D] ([B, N / factor, D] for UniformEvery)
    Tensor Compress(Tensor t, TokenGrid grid)
    {
        var factor = compression!.ScaleFactor;
        var (rows, columns, width) = (grid.Height / factor, grid.Width / factor, t.Size(-1));
        if (compression.Sampling == KeyValueSampling.UniformEvery) return t.Slice(1, 0, t.Size(1), factor);
        var map = t.Reshape(-1, grid.Height, grid.Width, width);
        if (reduce is null)
            return map.Slice(1, 0, rows * factor, factor).Slice(2, 0, columns * factor, factor).Reshape(-1, rows * columns, width);
        return norm!.Forward(reduce.Forward(map.Permute(0, 3, 1, 2)).Flatten(2, 3).Transpose(1, 2));
    }
}
