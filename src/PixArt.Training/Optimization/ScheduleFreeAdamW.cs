using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Schedule-free AdamW (Defazio et al. 2024): no schedule but a warm-up, and an average of all iterates as the result. While it
/// trains, parameters hold the point y where gradients are taken, between the iterate z and the average x; <see cref="UseAverage"/>
/// shows x.</summary>
public sealed class ScheduleFreeAdamW : IOptimizer
{
    const int WeightSum = 0, LargestRate = 1;
    readonly AdamWOptions _adam;
    readonly ScheduleFreeOptions _options;
    readonly ParameterStates _states;
    readonly StochasticRounding _rounding;
    readonly Tensor _scalars; // [2] in fp64 on the CPU

    /// <summary>Begins with copies of the parameters.</summary>
    /// <param name="parameters">What to train.</param>
    /// <param name="adam">Settings of AdamW, or null for the defaults; beta1 above 0.</param>
    /// <param name="options">Settings of the average, or null for the defaults.</param>
    /// <param name="seed">The run's seed, for the rounding of bfloat16 parameters.</param>
    public ScheduleFreeAdamW(
        IEnumerable<TrainedTensor> parameters, AdamWOptions? adam = null, ScheduleFreeOptions? options = null, ulong seed = 0)
    {
        (_adam, _options, _rounding) = (adam ?? new(), options ?? new(), new(seed));
        _states = new(parameters, value => [new("exp_avg_sq", FlatSpans.ZerosLike(value)), new("z", Wide(value))]);
        _scalars = TensorScope.Release(Tensor.Zeros([2], ScalarType.Float64));
    }

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <inheritdoc/>
    public IEnumerable<TrainedTensor> State => _states.All.Append(new("schedule_free", _scalars));

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale = 1)
    {
        var share = Share(++StepCount, learningRate);
        var correction = 1 - Math.Pow(_adam.Beta2, StepCount);
        _states.VisitGradients(gradientScale, (parameter, gradient, state) =>
        {
            var (squares, z) = (state[0], state[1]);
            squares.MulInPlace(_adam.Beta2).AddcmulInPlace(gradient, gradient, 1 - _adam.Beta2);
            var direction = gradient / ((squares / correction).SqrtInPlace() + _adam.Epsilon);
            _rounding.Change(parameter, StepCount, y =>
            {
                if (_adam.WeightDecay != 0) direction.AddInPlace(y, _adam.WeightDecay);
                y.LerpInPlace(z, share);
                y.AddInPlace(direction, learningRate * ((_adam.Beta1 * (1 - share)) - 1));
            });
            z.AddInPlace(direction, -learningRate);
        });
    }

    /// <inheritdoc/>
    public IDisposable UseAverage()
    {
        var kept = new List<(Tensor Parameter, Tensor Value)>();
        _states.Visit((parameter, state) =>
        {
            kept.Add((parameter.Value, TensorScope.Release(parameter.Value.Detach().Clone())));
            var x = parameter.Value.To(ScalarType.Float32).Lerp(state[1], 1 - (1 / _adam.Beta1));
            parameter.Value.CopyInPlace(x);
        });
        return new Training(kept);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _states.Dispose();
        _scalars.Dispose();
    }

    // How much of this step's iterate the average takes.
    double Share(long step, double rate)
    {
        var scalars = _scalars.AsSpan<double>();
        scalars[LargestRate] = Math.Max(scalars[LargestRate], rate);
        var weight = Math.Pow(step, _options.StepPower) * Math.Pow(scalars[LargestRate], _options.RatePower);
        scalars[WeightSum] += weight;
        return scalars[WeightSum] == 0 ? 0 : weight / scalars[WeightSum];
    }

    static Tensor Wide(Tensor value)
    {
        using var scope = TensorScope.Begin();
        return TensorScope.Release(value.Detach().Clone().To(ScalarType.Float32));
    }

    /// <summary>Puts parameters back to where they are trained.</summary>
    sealed class Training(List<(Tensor Parameter, Tensor Value)> kept) : IDisposable
    {
        public void Dispose()
        {
            using var off = GradMode.Disable();
            foreach (var (parameter, value) in kept)
            {
                parameter.CopyInPlace(value);
                value.Dispose();
            }

            kept.Clear();
        }
    }
}
