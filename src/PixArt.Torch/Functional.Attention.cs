namespace PixArt.Torch;

public static partial class Functional
{
    // scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None)
    private static readonly Op FusedAttentionOp = new("aten::scaled_dot_product_attention");
    private static readonly Op SoftmaxOutOp = new("aten::_softmax", "out"); // _softmax.out(Tensor self, int dim, bool half_to_float, *, Tensor(a!) out)
    private static readonly Op BaddbmmOp = new("aten::baddbmm"); // baddbmm(Tensor self, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)

    /// <summary>softmax(q·kᵀ·scale + mask)·v.</summary>
    /// <param name="query">[B, H, N, D].</param>
    /// <param name="key">[B, H, M, D].</param>
    /// <param name="value">[B, H, M, D].</param>
    /// <param name="mask">Added to the scores; broadcasts to [B, H, N, M].</param>
    /// <param name="scale">1/√D by default.</param>
    /// <returns>[B, H, N, D].</returns>
    public static Tensor ScaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor? mask = null, double? scale = null)
    {
        double factor = scale ?? 1 / Math.Sqrt(query.Size(-1));
        if (FusedAttentionOp.Exists && (scale is null || factor == 1 / Math.Sqrt(query.Size(-1))))
            return FusedAttentionOp.Call(query, key, value, mask);
        bool graph = Torch.IsGradEnabled && (query.RequiresGrad || key.RequiresGrad || value.RequiresGrad);
        return graph ? WholeAttention(query, key, value, mask, factor) : BlockedAttention(query, key, value, mask, factor);
    }

    private static Tensor WholeAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, double factor)
    {
        using var scope = TensorScope.Begin();
        Tensor scores = (query * factor).MatMul(key.Transpose(-2, -1));
        if (mask is not null) scores = scores + mask;
        return scope.Keep(Softmax(scores, -1).MatMul(value));
    }

    // Scores of all queries at once are written to memory and read back four times. A block of queries whose scores stay in a core's
    // cache costs nothing beyond the two products, so each batch item and head goes through in such blocks.
    private static Tensor BlockedAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, double factor)
    {
        const long CachedScores = 256 * 1024;
        long n = query.Size(-2), m = key.Size(-2);
        if (n * m <= CachedScores || query.Device.IsCuda) return WholeAttention(query, key, value, mask, factor);

        using var scope = TensorScope.Begin();
        long batch = query.Size(0), heads = query.Size(1), width = query.Size(3);
        Tensor output = Torch.Empty([batch, n, heads, width], query.DType, query.Device).Permute(0, 2, 1, 3);
        Tensor? wholeMask = mask?.Expand(batch, heads, mask.Size(2), m);
        long rows = Math.Max(16, CachedScores / m);
        for (long b = 0; b < batch; b++)
        {
            for (long h = 0; h < heads; h++)
            {
                using var head = TensorScope.Begin();
                Tensor q = query.Select(0, b).Select(0, h) * factor; // [N, D]
                Tensor kT = key.Select(0, b).Select(0, h).Contiguous().Transpose(0, 1);
                Tensor v = value.Select(0, b).Select(0, h).Contiguous();
                Tensor o = output.Select(0, b).Select(0, h);
                Tensor? headMask = wholeMask?.Select(0, b).Select(0, h); // [1 or N, M]
                for (long start = 0; start < n; start += rows)
                {
                    using var block = TensorScope.Begin();
                    long length = Math.Min(rows, n - start);
                    Tensor scores = q.Narrow(0, start, length).MatMul(kT);
                    if (headMask is not null) scores.AddInPlace(headMask.Size(0) == 1 ? headMask : headMask.Narrow(0, start, length));
                    SoftmaxOutOp.CallInPlace(scores, -1L, false, scores);
                    o.Narrow(0, start, length).CopyInPlace(scores.MatMul(v));
                }
            }
        }

        return scope.Keep(output);
    }
}
