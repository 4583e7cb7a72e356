using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>The objective PixArt is trained with (improved DDPM, Nichol and Dhariwal 2021): mean square of the noise, plus
/// the variational bound of the learned variance in bits. The bound sees the predicted mean without its gradient and, unlike
/// IDDPM's own rescaled training, enters with weight 1.</summary>
/// <param name="process">The noise schedule.</param>
public sealed class PixArtObjective(DiffusionProcess process) : IDenoisingObjective
{
    /// <summary>Timesteps up to which <see cref="SwitchTarget"/> compares x_0 instead of the noise.</summary>
    const int LastX0Timestep = 249;

    /// <inheritdoc/>
    public DiffusionProcess Process { get; } = process;

    /// <summary>What the model's first channels are: noise or x_0.</summary>
    public PredictionTarget Target { get; init; } = PredictionTarget.Epsilon;

    /// <summary>Where the variance of a reverse step comes from.</summary>
    public ReverseVariance Variance { get; init; } = ReverseVariance.LearnedRange;

    /// <summary>How mean square and bound make up the loss.</summary>
    public BoundKind Bound { get; init; } = BoundKind.MeanSquare;

    /// <summary>Compares x_0 for t up to 249 and the noise above (the original repositories' <c>snr_loss</c>).</summary>
    public bool SwitchTarget { get; init; }

    /// <inheritdoc/>
    public Tensor PerSample(NoisyBatch batch, Tensor prediction)
    {
        using var scope = TensorScope.Begin();
        if (Bound == BoundKind.RescaledBound) return scope.Keep(BoundInBits(batch, prediction) * (double)Process.Steps);
        var square = MeanSquare(batch, prediction);
        if (Variance != ReverseVariance.LearnedRange) return scope.Keep(square);
        var bound = FrozenMeanBound(batch, prediction);
        return scope.Keep(square + (Bound == BoundKind.RescaledMeanSquare ? bound * (Process.Steps / 1000.0) : bound));
    }

    /// <summary>Mean square of the prediction's error, [B].</summary>
    internal Tensor MeanSquare(NoisyBatch batch, Tensor prediction)
    {
        using var scope = TensorScope.Begin();
        var first = prediction.Narrow(1, 0, batch.X0.Size(1));
        var noise = Target == PredictionTarget.Epsilon;
        if (!SwitchTarget) return scope.Keep(Losses.MeanSquare(first, noise ? batch.Noise : batch.X0));
        var predictedNoise = noise ? first : Process.NoiseFromX0(batch.Xt, first, batch.Indices);
        var predictedX0 = noise ? Process.X0FromNoise(batch.Xt, first, batch.Indices) : first;
        var late = DiffusionProcess.PerSample(batch.Indices, t => t > LastX0Timestep ? 1 : 0, first.Device).Gt(0.5);
        var wanted = Tensor.Where(late, batch.Noise, batch.X0);
        return scope.Keep(Losses.MeanSquare(Tensor.Where(late, predictedNoise, predictedX0), wanted));
    }

    /// <summary>The bound with the gradient of the mean stopped, [B], in bits per element.</summary>
    internal Tensor FrozenMeanBound(NoisyBatch batch, Tensor prediction)
    {
        using var scope = TensorScope.Begin();
        var channels = batch.X0.Size(1);
        var frozen = prediction.Narrow(1, 0, channels).Detach();
        return scope.Keep(BoundInBits(batch, Tensor.Cat([frozen, prediction.Narrow(1, channels, channels)], 1)));
    }

    Tensor BoundInBits(NoisyBatch batch, Tensor prediction)
    {
        using var scope = TensorScope.Begin();
        var (mean, logVariance) = Reverse(batch, prediction);
        var trueMean = Process.PosteriorMean(batch.X0, batch.Xt, batch.Indices);
        var trueLogVariance = Table(batch, t => Process.PosteriorLogVariance[t]);
        var divergence = Losses.MeanOfSample(Gaussians.Kl(trueMean, trueLogVariance, mean, logVariance));
        if (!batch.Indices.Contains(0)) return scope.Keep(divergence * (1 / Math.Log(2)));

        var likelihood = Losses.MeanOfSample(Gaussians.DiscretizedLogLikelihood(batch.X0, mean, logVariance * 0.5));
        var first = Table(batch, t => t == 0 ? 1 : 0).Gt(0.5).Reshape(batch.Indices.Count);
        return scope.Keep(Tensor.Where(first, -likelihood, divergence) * (1 / Math.Log(2)));
    }

    /// <summary>Mean and log-variance of the model's reverse step, as they follow from its output.</summary>
    internal (Tensor Mean, Tensor LogVariance) Reverse(NoisyBatch batch, Tensor prediction)
    {
        using var scope = TensorScope.Begin();
        var first = prediction.Narrow(1, 0, batch.X0.Size(1));
        var x0 = Target == PredictionTarget.Sample ? first : Process.X0FromNoise(batch.Xt, first, batch.Indices);
        var mean = Process.PosteriorMean(x0, batch.Xt, batch.Indices);
        return (scope.Keep(mean), scope.Keep(LogVariance(batch, prediction)));
    }

    Tensor LogVariance(NoisyBatch batch, Tensor prediction)
    {
        using var scope = TensorScope.Begin();
        if (Variance == ReverseVariance.FixedSmall)
            return scope.Keep(Table(batch, t => Process.PosteriorLogVariance[t]));
        if (Variance == ReverseVariance.FixedLarge)
            return scope.Keep(Table(batch, t => Math.Log(t == 0 ? Process.PosteriorVariance[1] : Process.Betas[(int)t])));
        var channels = batch.X0.Size(1);
        var fraction = (prediction.Narrow(1, channels, channels) + 1.0) * 0.5;
        var largest = Table(batch, t => Math.Log(Process.Betas[(int)t]));
        var smallest = Table(batch, t => Process.PosteriorLogVariance[t]);
        return scope.Keep((fraction * largest) + ((1.0 - fraction) * smallest));
    }

    static Tensor Table(NoisyBatch batch, Func<long, double> value) =>
        DiffusionProcess.PerSample(batch.Indices, value, batch.X0.Device);
}
