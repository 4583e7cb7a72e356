namespace PixArt.Torch.Nn;

/// <summary>Group normalisation of [B, C, ..] with parameters <c>weight</c> and <c>bias</c> [C].</summary>
public sealed class GroupNorm
{
    private readonly long groups;
    private readonly double eps;

    /// <summary>Takes its parameters from a scope.</summary>
    /// <param name="p">Scope of this layer.</param>
    /// <param name="groups">Groups of channels, each normalised by itself.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="eps">Added to the variance.</param>
    public GroupNorm(ParameterScope p, long groups, long channels, double eps = 1e-5)
    {
        Weight = p.Get("weight", [channels], Init.Ones);
        Bias = p.Get("bias", [channels], Init.Zeros);
        (this.groups, this.eps) = (groups, eps);
    }

    /// <summary>[C].</summary>
    public Tensor Weight { get; }

    /// <summary>[C].</summary>
    public Tensor Bias { get; }

    /// <summary>[B, C, ..] → the same shape.</summary>
    public Tensor Forward(Tensor x) => Functional.GroupNorm(x, groups, Weight, Bias, eps);
}
