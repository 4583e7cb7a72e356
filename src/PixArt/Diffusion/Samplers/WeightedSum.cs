using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>Every solver here is numbers first, then this: a sum of tensors by weights.</summary>
static class WeightedSum
{
    /// <summary>Σ weight · tensor, skipping weights of zero; a new tensor of the innermost scope.</summary>
    public static Tensor Of(params ReadOnlySpan<(double Weight, Tensor Tensor)> terms)
    {
        Tensor? sum = null;
        foreach (var (weight, tensor) in terms)
        {
            if (weight == 0) continue;
            if (sum is null) sum = tensor * weight;
            else sum.AddInPlace(tensor, weight);
        }

        return sum ?? terms[0].Tensor * 0.0;
    }
}
