using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>D -> 4D -> GELU (tanh) -> D.</summary>
internal sealed class FeedForward(ParameterScope p, long width)
{
    readonly Linear up = new(p.Sub("net", 0).Sub("proj"), width, 4 * width);
    readonly Linear down = new(p.Sub("net", 2), 4 * width, width);

    internal Tensor Forward(Tensor x, bool inPlace)
    {
        using var scope = TensorScope.Begin();
        var hidden = up.Forward(x);
        return scope.Keep(down.Forward(inPlace ? Functional.GeluInPlace(hidden, tanh: true) : Functional.Gelu(hidden, tanh: true)));
    }
}
