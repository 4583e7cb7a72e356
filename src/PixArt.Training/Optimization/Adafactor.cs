using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Adafactor (Shazeer and Stern 2018): the second moment of a matrix by its rows and columns, no momentum by default, updates of
/// limited size. Next to no memory beside parameters and gradients.</summary>
/// <param name="options">Settings, or null for the defaults.</param>
/// <param name="weightDecay">Decoupled weight decay, 0 or more.</param>
public sealed class Adafactor(AdafactorOptions? options = null, double weightDecay = 0) : IUpdateRule
{
    /// <summary>Largest rate of relative steps, and what it grows by in their warm-up.</summary>
    const double LargestRelativeStep = 1e-2, RelativeWarmup = 1e-6;

    readonly AdafactorOptions _options = options ?? new();

    /// <inheritdoc/>
    public IReadOnlyList<TrainedTensor> Begin(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var squares = FactoredSquares.Begin("exp_avg_sq", value);
        return [.. _options.Beta1 is null ? squares : squares.Append(new("exp_avg", FlatSpans.ZerosLike(value)))];
    }

    /// <inheritdoc/>
    public void Update(Tensor value, Tensor gradient, IReadOnlyList<Tensor> state, UpdateMoment now)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(state);
        var rate = now.Rate * RelativeStep(now.Step);
        // The parameter's own size, read on its device.
        var size = _options.ScaleParameter ? FactoredSquares.RootMeanSquare(value).Clamp(min: _options.Epsilon2) * rate : null;
        var take = Math.Pow(now.Step, _options.DecayRate);
        var update = FactoredSquares.InverseRoot(state, 0, gradient.Square() + _options.Epsilon1, take) * gradient;
        FactoredSquares.Clip(update, _options.ClipThreshold);
        if (size is null) update.MulInPlace(rate);
        else update.MulInPlace(size);
        if (_options.Beta1 is { } keep)
        {
            var momentum = state[FactoredSquares.Count(value)];
            momentum.LerpInPlace(update, 1 - keep);
            update = momentum;
        }

        if (weightDecay != 0)
        {
            if (size is null) value.MulInPlace(1 - (rate * weightDecay));
            else value.MulInPlace(1 - (size * weightDecay));
        }

        value.SubInPlace(update);
    }

    double RelativeStep(long step) => _options.RelativeStep
        ? Math.Min(_options.WarmupInit ? RelativeWarmup * step : LargestRelativeStep, 1 / Math.Sqrt(step))
        : 1;
}
