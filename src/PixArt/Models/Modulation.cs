using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>LN(x) * (1 + scale) + shift, LN without weights of its own.</summary>
internal static class Modulation
{
    internal static Tensor Apply(Tensor x, Tensor shift, Tensor scale, double eps, bool inPlace)
    {
        using var scope = TensorScope.Begin();
        long[] width = [x.Size(-1)];
        // One modulation for the whole batch (every timestep the same) is LayerNorm's own affine step: a single pass over x.
        if (shift.Size(0) == 1)
            return scope.Keep(Functional.LayerNorm(x, width, (scale + 1).Reshape(width), shift.Reshape(width), eps));
        var normed = Functional.LayerNorm(x, width, null, null, eps);
        if (!inPlace) return scope.Keep(normed * (scale + 1) + shift);
        normed.MulInPlace(scale + 1);
        normed.AddInPlace(shift);
        return scope.Keep(normed);
    }
}
