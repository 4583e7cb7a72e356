using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>The norm of all gradients together, and the factor that clips it.</summary>
public static class GradientNorm
{
    /// <summary>Root of the sum of squares over all gradients.</summary>
    /// <param name="parameters">Parameters; those without a gradient count as 0.</param>
    public static double Of(IEnumerable<TrainedTensor> parameters)
    {
        using var off = GradMode.Disable();
        var sum = 0.0;
        foreach (var parameter in parameters)
        {
            using var gradient = parameter.Value.Grad;
            if (gradient is not null) sum += SumOfSquares(gradient);
        }

        return Math.Sqrt(sum);
    }

    /// <summary>The factor for gradients whose norm may be at most <paramref name="limit"/>, as PyTorch has it:
    /// min(1, limit / (norm + 1e-6)).</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="limit">Its limit, or null for none.</param>
    public static double ClipFactor(double norm, double? limit) => limit is { } most ? Math.Min(1, most / (norm + 1e-6)) : 1;

    static double SumOfSquares(Tensor gradient)
    {
        if (FlatSpans.Reaches(gradient, gradient)) return FlatSpans.SumOfSquares(gradient);
        using var scope = TensorScope.Begin();
        return gradient.To(ScalarType.Float32).Square().Sum().Cpu().Item<float>();
    }
}
