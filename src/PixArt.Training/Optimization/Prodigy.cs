using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Prodigy (Mishchenko and Defazio 2023): Adam that finds its learning rate itself, from how far parameters have come and how well
/// gradients point there. The learning rate that it is given multiplies what it finds: 1 is right. The estimate is one for all
/// parameters: it cannot be made of a part of them.</summary>
public sealed class Prodigy : IOptimizer
{
    const int Estimate = 0, Largest = 1, Numerator = 2;
    readonly AdamWOptions _adam;
    readonly ProdigyOptions _options;
    readonly ParameterStates _states;
    readonly StochasticRounding _rounding;
    readonly Tensor _scalars; // [3] in fp64 on the CPU

    /// <summary>Begins with copies of the parameters.</summary>
    /// <param name="parameters">What to train: all that is trained.</param>
    /// <param name="adam">Settings of Adam, or null for the defaults.</param>
    /// <param name="options">Settings of the estimate, or null for the defaults.</param>
    /// <param name="seed">The run's seed, for the rounding of bfloat16 parameters.</param>
    public Prodigy(IEnumerable<TrainedTensor> parameters, AdamWOptions? adam = null, ProdigyOptions? options = null, ulong seed = 0)
    {
        (_adam, _options, _rounding) = (adam ?? new(), options ?? new(), new(seed));
        _states = new(parameters, Begin);
        _scalars = TensorScope.Release(Tensor.FromArray([_options.FirstRate, _options.FirstRate, 0.0], 3));
    }

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <inheritdoc/>
    public IEnumerable<TrainedTensor> State => _states.All.Append(new("prodigy", _scalars));

    /// <summary>The learning rate that was found.</summary>
    public double Found => _scalars.AsSpan<double>()[Estimate];

    double Beta3 => _options.Beta3 ?? Math.Sqrt(_adam.Beta2);

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale = 1)
    {
        StepCount++;
        var d = Found;
        var rate = d * learningRate * Correction();
        var (along, reached) = Gather(d, rate, gradientScale);
        // Nothing has a gradient: there is nothing to estimate from, nor anywhere to go.
        if (reached == 0) return;
        if (learningRate > 0) Reestimate(d, d / _options.FirstRate * rate * along, reached);
        d = Found;
        _states.VisitGradients(1, (parameter, _, state) => _rounding.Change(parameter, StepCount, value =>
        {
            value.MulInPlace(1 - (rate * _adam.WeightDecay));
            value.AddcdivInPlace(state[0], state[1].Sqrt() + (d * _adam.Epsilon), -rate);
        }));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _states.Dispose();
        _scalars.Dispose();
    }

    static IReadOnlyList<TrainedTensor> Begin(Tensor value) =>
    [
        new("exp_avg", FlatSpans.ZerosLike(value)), new("exp_avg_sq", FlatSpans.ZerosLike(value)),
        new("s", FlatSpans.ZerosLike(value)), new("p0", Wide(value)),
    ];

    static Tensor Wide(Tensor value)
    {
        using var scope = TensorScope.Begin();
        return TensorScope.Release(value.Detach().Clone().To(ScalarType.Float32));
    }

    double Correction() => _options.BiasCorrection
        ? Math.Sqrt(1 - Math.Pow(_adam.Beta2, StepCount)) / (1 - Math.Pow(_adam.Beta1, StepCount))
        : 1;

    // Takes the gradients in. How far they point along the way from the start, and the size of their weighted sum.
    (double Along, double Reached) Gather(double d, double rate, double gradientScale)
    {
        using var scope = TensorScope.Begin();
        var (along, reached) = (new List<Tensor>(), new List<Tensor>());
        _states.VisitGradients(gradientScale, (parameter, gradient, state) =>
        {
            var (first, second, sum, start) = (state[0], state[1], state[2], state[3]);
            var way = start - parameter.Value;
            along.Add(TensorScope.Release((gradient.To(ScalarType.Float64) * way).Sum()));
            first.MulInPlace(_adam.Beta1).AddInPlace(gradient, d * (1 - _adam.Beta1));
            second.MulInPlace(_adam.Beta2).AddcmulInPlace(gradient, gradient, d * d * (1 - _adam.Beta2));
            sum.MulInPlace(Beta3).AddInPlace(gradient, d / _options.FirstRate * (_options.SafeguardWarmup ? d : rate));
            reached.Add(TensorScope.Release(sum.Abs().To(ScalarType.Float64).Sum()));
        });
        return (Total(along), Total(reached));
    }

    void Reestimate(double d, double along, double reached)
    {
        var scalars = _scalars.AsSpan<double>();
        scalars[Numerator] = (scalars[Numerator] * Beta3) + along;
        var found = _options.Coefficient * scalars[Numerator] / reached;
        if (d == _options.FirstRate) d = Math.Max(d, found);
        scalars[Largest] = Math.Max(scalars[Largest], found);
        scalars[Estimate] = Math.Min(scalars[Largest], d * (_options.GrowthRate ?? double.PositiveInfinity));
    }

    // One wait for the device.
    static double Total(List<Tensor> parts)
    {
        if (parts.Count == 0) return 0;
        using var scope = TensorScope.Begin();
        var sum = Tensor.Stack([.. parts]).Sum().Item<double>();
        foreach (var part in parts) part.Dispose();
        return sum;
    }
}
