using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>Numbers to vectors: 256 cosines and sines, then a two-layer MLP, each number on its own.</summary>
internal sealed class ScalarEmbedder(ParameterScope p, long width)
{
    internal const int InFeatures = 2 * Frequencies;
    const int Frequencies = 128;
    const double MaxPeriod = 10_000;
    readonly Linear linear1 = new(p.Sub("linear_1"), InFeatures, width, init: Init.Normal(0.02));
    readonly Linear linear2 = new(p.Sub("linear_2"), width, width, init: Init.Normal(0.02));

    // [B, n] -> [B, n * width]
    internal Tensor Forward(Tensor values)
    {
        using var scope = TensorScope.Begin();
        var (device, dtype) = (linear1.Weight.Device, p.DType);
        // In float32 whatever the weights are: bfloat16 cannot hold a timestep above 256.
        var frequencies = (Tensor.Arange(0, Frequencies, device: device) * -Math.Log(MaxPeriod) / Frequencies).Exp();
        var angles = values.To(device, ScalarType.Float32).Reshape(-1, 1) * frequencies;
        var sinusoid = Tensor.Cat([angles.Cos(), angles.Sin()], 1).To(dtype);
        return scope.Keep(linear2.Forward(Functional.Silu(linear1.Forward(sinusoid))).Reshape(values.Size(0), -1));
    }
}
