namespace PixArt.Torch.Nn;

/// <summary>2-D convolution with parameters <c>weight</c> [out, in/groups, k, k] and <c>bias</c> [out].</summary>
public sealed class Conv2d : AdaptableLayer
{
    private readonly long groups;

    /// <summary>Takes its parameters from a scope.</summary>
    /// <param name="p">Scope of this layer.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the square kernel.</param>
    /// <param name="stride">Step.</param>
    /// <param name="padding">Zeros added on every side.</param>
    /// <param name="bias">Whether it adds a bias (initially zero).</param>
    /// <param name="groups">Groups of channels that do not mix.</param>
    /// <param name="init">Initial weight; PyTorch's default by default.</param>
    public Conv2d(
        ParameterScope p, long inChannels, long outChannels, long kernel, long stride = 1, long padding = 0, bool bias = true, long groups = 1, Initializer? init = null)
        : base(p)
    {
        Weight = p.Get("weight", [outChannels, inChannels / groups, kernel, kernel], init ?? Init.KaimingUniform);
        Bias = bias ? p.Get("bias", [outChannels], Init.Zeros) : null;
        (Stride, Padding, this.groups) = (stride, padding, groups);
    }

    /// <summary>[out, in/groups, k, k].</summary>
    public override Tensor Weight { get; }

    /// <summary>[out], or null.</summary>
    public override Tensor? Bias { get; }

    /// <summary>Step.</summary>
    public long Stride { get; }

    /// <summary>Zeros added on every side.</summary>
    public long Padding { get; }

    /// <summary>[B, in, H, W] → [B, out, H', W'].</summary>
    public Tensor Forward(Tensor x) => Adapt(x, Functional.Conv2d(x, Weight, Bias, Stride, Padding, groups: groups));
}
