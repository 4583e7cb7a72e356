using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>Plain mean square on the model's first half of channels, optionally weighted by <see cref="MinSnr"/>. A second
/// half, if the model has one, stays untrained.</summary>
/// <param name="process">The noise schedule.</param>
/// <param name="target">What the model predicts.</param>
/// <param name="minSnrGamma">The limit of min-SNR, or null for weight 1.</param>
/// <param name="minSnrForm">Which form of that weight.</param>
public sealed class MeanSquareObjective(
    DiffusionProcess process, PredictionTarget target = PredictionTarget.Epsilon, double? minSnrGamma = null,
    MinSnrForm minSnrForm = MinSnrForm.Standard) : IDenoisingObjective
{
    /// <inheritdoc/>
    public DiffusionProcess Process { get; } = process;

    /// <summary>Measures errors in the place of squares, or null.</summary>
    public HuberLoss? Huber { get; init; }

    /// <inheritdoc/>
    public Tensor PerSample(NoisyBatch batch, Tensor prediction)
    {
        using var scope = TensorScope.Begin();
        var wanted = target switch
        {
            PredictionTarget.Epsilon => batch.Noise,
            PredictionTarget.Velocity => Process.Velocity(batch.X0, batch.Noise, batch.Indices),
            _ => batch.X0,
        };
        var first = prediction.Narrow(1, 0, batch.X0.Size(1));
        var loss = Huber?.PerSample(first, wanted, Process, batch.Indices) ?? Losses.MeanSquare(first, wanted);
        if (minSnrGamma is not { } gamma) return scope.Keep(loss);
        var weights = DiffusionProcess.PerSample(
            batch.Indices, t => MinSnr.Weight(Process.SignalToNoise(t), gamma, target, minSnrForm), loss.Device);
        return scope.Keep(loss * weights.Reshape(batch.Indices.Count));
    }
}
