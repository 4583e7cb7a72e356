namespace PixArt.Torch;

public static partial class Functional
{
    // scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None)
    private static readonly Op FusedAttentionOp = new("aten::scaled_dot_product_attention");

    // pixart::attention(Tensor query, Tensor key, Tensor value, Tensor? mask, float scale) -> Tensor: our own, in native/
    private static readonly Op BlockedAttentionOp = new("pixart::attention");

    /// <summary>softmax(q·kᵀ·scale + mask)·v.</summary>
    /// <param name="query">[B, H, N, D].</param>
    /// <param name="key">[B, H, M, D].</param>
    /// <param name="value">[B, H, M, D].</param>
    /// <param name="mask">Added to the scores; broadcasts to [B, H, N, M].</param>
    /// <param name="scale">1/√D by default.</param>
    /// <returns>[B, H, N, D]; on the CPU laid out as [B, N, H, D], so that joining the heads again is a view.</returns>
    public static Tensor ScaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor? mask = null, double? scale = null)
    {
        double factor = scale ?? 1 / Math.Sqrt(query.Size(-1));
        if (FusedAttentionOp.Exists && (scale is null || factor == 1 / Math.Sqrt(query.Size(-1))))
            return FusedAttentionOp.Call(query, key, value, mask);
        bool graph = GradMode.IsEnabled && (query.RequiresGrad || key.RequiresGrad || value.RequiresGrad);
        return graph || query.Device.IsCuda || !BlockedAttentionOp.Exists
            ? WholeAttention(query, key, value, mask, factor)
            : BlockedAttentionOp.Call(query, key, value, mask, factor);
    }

    private static Tensor WholeAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, double factor)
    {
        using var scope = TensorScope.Begin();
        Tensor scores = Product(query * factor, key.Transpose(-2, -1));
        if (mask is not null) scores = scores + mask;
        return scope.Keep(Product(Softmax(scores, -1), value));
    }

    // Under autocast the products are small, the softmax between them is not.
    private static Tensor Product(Tensor left, Tensor right)
    {
        if (!Autocast.Applies(left)) return left.MatMul(right);
        ScalarType small = Autocast.Type!.Value;
        return left.To(small).MatMul(right.To(small)).To(ScalarType.Float32);
    }
}
