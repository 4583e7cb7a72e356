namespace PixArt.Torch;

public static partial class Functional
{
    // scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask=None, float dropout_p=0.0, bool is_causal=False, *, float? scale=None)
    private static readonly Op FusedAttentionOp = new("aten::scaled_dot_product_attention");

    // pixart::attention(Tensor query, Tensor key, Tensor value, Tensor? mask, float scale) -> Tensor: our own, in native/
    private static readonly Op BlockedAttentionOp = new("pixart::attention");

    /// <summary>Whether this libtorch computes attention without all scores in memory.</summary>
    public static bool HasFusedAttention => FusedAttentionOp.Exists;

    /// <summary>softmax(q·kᵀ·scale + mask)·v.</summary>
    /// <param name="query">[B, H, N, D].</param>
    /// <param name="key">[B, H, M, D].</param>
    /// <param name="value">[B, H, M, D].</param>
    /// <param name="mask">Added to the scores; broadcasts to [B, H, N, M].</param>
    /// <param name="scale">1/√D by default.</param>
    /// <returns>[B, H, N, D]; on the CPU laid out as [B, N, H, D], so that joining the heads again is a view.</returns>
    public static Tensor ScaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor? mask = null, double? scale = null)
    {
        double usual = 1 / Math.Sqrt(query.Size(-1)), factor = scale ?? usual;
        bool graph = GradMode.IsEnabled && (query.RequiresGrad || key.RequiresGrad || value.RequiresGrad);

        // Not every fused kernel gives the mask its gradient.
        if (FusedAttentionOp.Exists && mask is not { RequiresGrad: true }) return FusedAttention(query, key, value, mask, factor / usual);
        if (graph || query.Device.IsCuda || !BlockedAttentionOp.Exists) return WholeAttention(query, key, value, mask, factor);
        using var scope = TensorScope.Begin();

        // A bias that is a parameter of a small type, beside products that autocast gives back in fp32.
        return scope.Keep(BlockedAttentionOp.Call(query, key, value, mask?.To(query.DType), factor));
    }

    // The operator scales by 1/√D; its own argument for another scale is younger than itself.
    private static Tensor FusedAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, double ratio)
    {
        using var scope = TensorScope.Begin();
        bool cast = Autocast.Applies(query);
        ScalarType type = cast ? Autocast.Type!.Value : query.DType;
        Tensor scaled = ratio == 1 ? query : query * ratio;
        Tensor attended = FusedAttentionOp.Call(scaled.To(type), key.To(type), value.To(type), mask?.To(type));
        return scope.Keep(cast ? Autocast.Result(attended) : attended);
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
        return Autocast.Result(left.To(small).MatMul(right.To(small)));
    }
}
