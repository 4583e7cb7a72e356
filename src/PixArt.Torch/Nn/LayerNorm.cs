namespace PixArt.Torch.Nn;

/// <summary>Layer normalisation over the last dimension with parameters <c>weight</c> and <c>bias</c> [width], where affine.</summary>
public sealed class LayerNorm
{
    private readonly long[] shape;
    private readonly double eps;
    private readonly Tensor? weight;
    private readonly Tensor? bias;

    /// <summary>Takes its parameters from a scope.</summary>
    /// <param name="p">Scope of this layer.</param>
    /// <param name="width">Size of the last dimension.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="affine">Whether it scales and shifts.</param>
    public LayerNorm(ParameterScope p, long width, double eps = 1e-5, bool affine = true)
    {
        (shape, this.eps) = ([width], eps);
        if (!affine) return;
        weight = p.Get("weight", shape, Init.Ones);
        bias = p.Get("bias", shape, Init.Zeros);
    }

    /// <summary>[.., width] → the same shape.</summary>
    public Tensor Forward(Tensor x) => Functional.LayerNorm(x, shape, weight, bias, eps);
}
