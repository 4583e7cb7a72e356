using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>Attention from image tokens to the caption; its keys and values depend on the caption alone.</summary>
internal sealed class CrossAttention
{
    readonly int heads;
    readonly Linear toQ, toK, toV, toOut;

    internal CrossAttention(ParameterScope p, PixArtTransformerConfig config)
    {
        long width = config.HiddenSize;
        heads = config.NumAttentionHeads;
        toQ = new Linear(p.Sub("to_q"), width, width, config.AttentionBias);
        toK = new Linear(p.Sub("to_k"), config.CrossAttentionDim, width, config.AttentionBias);
        toV = new Linear(p.Sub("to_v"), config.CrossAttentionDim, width, config.AttentionBias);
        toOut = new Linear(p.Sub("to_out", 0), width, width, init: Init.Zeros); // starts as an unconditional DiT
    }

    // [B, L, D] -> 2 x [B, heads, L, D/heads]
    internal (Tensor Key, Tensor Value) KeyValue(Tensor captions) =>
        (Heads.Split(toK.Forward(captions), heads), Heads.Split(toV.Forward(captions), heads));

    // What attention to one token adds wherever it is asked. [B, 1, D] -> [B, 1, D]
    internal Tensor Constant(Tensor captions) => toOut.Forward(toV.Forward(captions));

    // An adapter that is not merged would be left out.
    internal bool CanFold => toQ.Adapter is null && toOut.Adapter is null;

    // The scores (x Wq + bq) K^T are x (Wq K^T) + bq K^T, and the result (P V) Wo is P (V Wo): with few keys the products in brackets are
    // small, and leave two narrow products with x where there were two square ones. As softmax does not see what all scores share, and P adds up
    // to one, keys and values are taken relative to the first token's, which leaves it no column; its value is the Constant.
    // [B, L, D] -> [B, D + 1, heads (L - 1)], the last row what bq gives, and [B, heads (L - 1), D]
    internal (Tensor Scores, Tensor Results) Folded(Tensor captions)
    {
        using var scope = TensorScope.Begin();
        var (key, value) = KeyValue(captions);                                                                // [B, heads, L, d]
        var (batch, others, width) = (captions.Size(0), captions.Size(1) - 1, toQ.Weight.Size(1));
        var each = toQ.Weight.Size(0) / heads;
        Tensor Relative(Tensor t) => t.Narrow(2, 1, others) - t.Narrow(2, 0, 1);
        var scaled = Relative(key) * (1 / Math.Sqrt(each));
        var queries = toQ.Dense().View(heads, each, width);
        Tensor Columns(Tensor t) => t.Reshape(batch, heads * others, -1).Transpose(1, 2);
        var constant = toQ.Bias is { } b ? scaled.MatMul(b.View(heads, each, 1)) : Tensor.Zeros([batch, heads, others, 1], device: captions.Device);
        var scores = Tensor.Cat([Columns(scaled.MatMul(queries)), Columns(constant)], 1);
        var outputs = toOut.Dense().View(-1, heads, each).Permute(1, 2, 0);                                    // [heads, d, D]
        return (scope.Keep(scores), scope.Keep(Relative(value).MatMul(outputs).Reshape(batch, heads * others, -1)));
    }

    // Without the Constant.
    Tensor ForwardFolded(Tensor x, Tensor scores, Tensor results, Tensor? bias)
    {
        using var scope = TensorScope.Begin();
        var (batch, tokens, width) = (x.Size(0), x.Size(1), x.Size(2));
        var others = x.MatMul(scores.Narrow(1, 0, width)).AddInPlace(scores.Narrow(1, width, 1)).View(batch, tokens, heads, -1);
        var each = Tensor.Cat([Tensor.Zeros([batch, tokens, heads, 1], device: x.Device), others], -1);        // [B, N, heads, L]
        if (bias is not null) each.AddInPlace(bias);                                                          // [B, 1, 1, L]
        var shares = Functional.Softmax(each, -1).Narrow(3, 1, others.Size(3));
        return scope.Keep(shares.Reshape(batch, tokens, -1).MatMul(results));
    }

    // x [B, N, D], and of B captions what BlockCaption says
    internal Tensor Forward(Tensor x, Tensor first, Tensor? second, Tensor? bias)
    {
        if (second?.Rank == 3) return ForwardFolded(x, first, second, bias);
        using var scope = TensorScope.Begin();
        var (key, value) = second is null ? KeyValue(first) : (first, second);
        var attended = Functional.ScaledDotProductAttention(Heads.Split(toQ.Forward(x), heads), key, value, bias);
        return scope.Keep(toOut.Forward(Heads.Join(attended)));
    }
}
