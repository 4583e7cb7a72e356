namespace PixArt.Torch.Nn;

/// <summary>x·Wᵀ + b with parameters <c>weight</c> [out, in] and <c>bias</c> [out]; where the store keeps stored forms, W may be of a smaller
/// type, or 8-bit integers with <c>weight_scale</c> [out, 1].</summary>
public sealed class Linear : AdaptableLayer
{
    private readonly ScalarType dtype;

    /// <summary>Takes its parameters from a scope.</summary>
    /// <param name="p">Scope of this layer.</param>
    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="bias">Whether it adds a bias (initially zero).</param>
    /// <param name="init">Initial weight; Glorot uniform by default.</param>
    public Linear(ParameterScope p, long inFeatures, long outFeatures, bool bias = true, Initializer? init = null)
        : base(p)
    {
        Weight = p.Matrix("weight", [outFeatures, inFeatures], init ?? Init.XavierUniform);
        Scale = p.RowScale("weight", Weight);
        Bias = bias ? p.Get("bias", [outFeatures], Init.Zeros) : null;
        dtype = p.DType;
        IsExpanded = Weight.DType != dtype;
    }

    /// <summary>[out, in], in the form in which it is held.</summary>
    public override Tensor Weight { get; }

    /// <summary>What each row of a weight of 8-bit integers is multiplied by, [out, 1] in fp32; null for a weight of another type.</summary>
    public Tensor? Scale { get; }

    /// <summary>[out], or null.</summary>
    public override Tensor? Bias { get; }

    /// <summary>Whether the weight is held in another form than it is computed with, and expanded at each use.</summary>
    public bool IsExpanded { get; }

    /// <summary>[.., in] → [.., out].</summary>
    public Tensor Forward(Tensor x) =>
        Adapt(x, IsExpanded ? Functional.ExpandedLinear(x, Weight, Scale, Bias) : Functional.Linear(x, Weight, Bias));

    /// <summary>The weight as it is computed with [out, in]: itself, or a copy that belongs to the scope or the caller.</summary>
    /// <param name="type">The element type; null: the model's.</param>
    public Tensor Dense(ScalarType? type = null)
    {
        ScalarType wanted = type ?? dtype;
        return Scale is not null ? Functional.Dequantize(Weight, Scale, wanted) : Weight.DType == wanted ? Weight : Weight.To(wanted);
    }
}
