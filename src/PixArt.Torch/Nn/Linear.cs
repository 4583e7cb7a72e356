namespace PixArt.Torch.Nn;

/// <summary>x·Wᵀ + b with parameters <c>weight</c> [out, in] and <c>bias</c> [out].</summary>
public sealed class Linear
{
    /// <summary>Takes its parameters from a scope.</summary>
    /// <param name="p">Scope of this layer.</param>
    /// <param name="inFeatures">Width of the input.</param>
    /// <param name="outFeatures">Width of the output.</param>
    /// <param name="bias">Whether it adds a bias (initially zero).</param>
    /// <param name="init">Initial weight; Glorot uniform by default.</param>
    public Linear(ParameterScope p, long inFeatures, long outFeatures, bool bias = true, Initializer? init = null)
    {
        Weight = p.Get("weight", [outFeatures, inFeatures], init ?? Init.XavierUniform);
        Bias = bias ? p.Get("bias", [outFeatures], Init.Zeros) : null;
    }

    /// <summary>[out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>[out], or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>[.., in] → [.., out].</summary>
    public Tensor Forward(Tensor x) => Functional.Linear(x, Weight, Bias);
}
