using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>Text features to the hidden width: Linear, GELU (tanh), Linear.</summary>
internal sealed class CaptionProjection(ParameterScope p, long channels, long width)
{
    readonly Linear linear1 = new(p.Sub("linear_1"), channels, width, init: Init.Normal(0.02));
    readonly Linear linear2 = new(p.Sub("linear_2"), width, width, init: Init.Normal(0.02));

    internal Tensor Forward(Tensor captions)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(linear2.Forward(Functional.Gelu(linear1.Forward(captions), tanh: true)));
    }
}
