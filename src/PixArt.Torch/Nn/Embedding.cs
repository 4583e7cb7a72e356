namespace PixArt.Torch.Nn;

/// <summary>A table of vectors by number, parameter <c>weight</c> [count, width].</summary>
public sealed class Embedding(ParameterScope p, long count, long width, Initializer? init = null)
{
    /// <summary>[count, width].</summary>
    public Tensor Weight { get; } = p.Get("weight", [count, width], init ?? Init.Normal(1));

    /// <summary>Numbers [..] → vectors [.., width].</summary>
    public Tensor Forward(Tensor indices) => Functional.Embedding(Weight, indices);
}
