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
        using var scope = TensorScope.Begin();
        var sum = 0.0;
        var elsewhere = new List<Tensor>();
        foreach (var parameter in parameters)
        {
            if (parameter.Value.Grad is not { } gradient) continue;
            if (FlatSpans.Reaches(gradient, gradient)) sum += FlatSpans.SumOfSquares(gradient);
            else elsewhere.Add(gradient.To(ScalarType.Float32));
        }

        foreach (var device in elsewhere.GroupBy(gradient => gradient.Device)) sum += SumOfSquares([.. device]);
        return Math.Sqrt(sum);
    }

    /// <summary>Scales gradients so that their norm is at most a limit.</summary>
    /// <param name="parameters">The parameters that count together; their gradients are changed.</param>
    /// <param name="limit">The limit.</param>
    internal static void Clip(IReadOnlyCollection<TrainedTensor> parameters, double limit)
    {
        var factor = ClipFactor(Of(parameters), limit);
        if (factor is 1 or double.NaN) return;
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        foreach (var parameter in parameters)
            if (parameter.Value.Grad is { } gradient) gradient.MulInPlace(factor);
    }

    /// <summary>The factor for gradients whose norm may be at most <paramref name="limit"/>, as PyTorch has it:
    /// min(1, limit / (norm + 1e-6)).</summary>
    /// <param name="norm">The norm.</param>
    /// <param name="limit">Its limit, or null for none.</param>
    public static double ClipFactor(double norm, double? limit) => limit is { } most ? Math.Min(1, most / (norm + 1e-6)) : 1;

    // One wait for the device, however many gradients there are.
    static double SumOfSquares(Tensor[] gradients) =>
        Tensor.Stack(Foreach.Norms(gradients)).To(ScalarType.Float64).Square().Sum().Item<double>();
}
