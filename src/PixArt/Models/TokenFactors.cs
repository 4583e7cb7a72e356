using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Models;

/// <summary>Tokens that are sums of a few rows: before the first block a token is its patch's few latents, each times a row, plus the position of
/// its column and of its row in the grid. What a linear layer makes of the tokens is the same sums of what it makes of the rows, and
/// there are far fewer rows than tokens.</summary>
/// <param name="Coefficients">[B, N, K].</param>
/// <param name="Rows">[K, D].</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TokenFactors(Tensor Coefficients, Tensor Rows)
{
    /// <summary>Whether multiplying the rows and then adding them up is at most half the work of multiplying the tokens.</summary>
    internal static bool Pay(long rows, long tokens, long width) => 2 * (rows + 1) * (tokens + width) <= tokens * width;

    /// <summary><see cref="Modulation"/> of the tokens in the same form: but for each token's own deviation it is linear. The coefficients of a
    /// token add up to one, so that they pass through a layer with a bias too.</summary>
    /// <param name="tokens">The tokens themselves, [B, N, D].</param>
    /// <param name="shift">[1, 1, D].</param>
    /// <param name="scale">[1, 1, D].</param>
    /// <param name="eps">What LayerNorm adds to the variance.</param>
    internal TokenFactors Modulate(Tensor tokens, Tensor shift, Tensor scale, double eps)
    {
        using var scope = TensorScope.Begin();
        var deviations = Centred(tokens);
        var normed = Coefficients * (deviations.MulInPlace(deviations).Mean([-1], keepDim: true) + eps).Rsqrt();
        var rows = Tensor.Cat([Centred(Rows) * (scale + 1).Flatten(0, 1), Tensor.Zeros([1, Rows.Size(1)], device: Rows.Device)]);
        return new(scope.Keep(Tensor.Cat([normed, 1 - normed.Sum([-1], keepDim: true)], -1)), scope.Keep(rows + shift.Flatten(0, 1)));
    }

    /// <summary>Rows that have passed through a layer [K, E] as tokens [B, N, E].</summary>
    internal Tensor Sum(Tensor rows) => Coefficients.MatMul(rows);

    static Tensor Centred(Tensor t) => t - t.Mean([-1], keepDim: true);
}
