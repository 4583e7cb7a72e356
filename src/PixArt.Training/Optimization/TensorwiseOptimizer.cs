using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Steps every parameter by the same rule.</summary>
public sealed class TensorwiseOptimizer : IOptimizer
{
    readonly IUpdateRule _rule;
    readonly ParameterStates _states;
    readonly StochasticRounding _rounding;

    /// <summary>Makes the state of every parameter.</summary>
    /// <param name="parameters">What to train; fp32, or bfloat16 that is rounded stochastically.</param>
    /// <param name="rule">How each follows its gradient.</param>
    /// <param name="seed">The run's seed, for the rounding.</param>
    public TensorwiseOptimizer(IEnumerable<TrainedTensor> parameters, IUpdateRule rule, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(rule);
        (_rule, _rounding) = (rule, new(seed));
        _states = new(parameters, rule.Begin);
    }

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <inheritdoc/>
    public IEnumerable<TrainedTensor> State => _states.All;

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale = 1)
    {
        var now = new UpdateMoment(++StepCount, learningRate);
        _states.VisitGradients(gradientScale, (parameter, gradient, state) =>
            _rounding.Change(parameter, now.Step, value => _rule.Update(value, gradient, state, now)));
    }

    /// <inheritdoc/>
    public void Dispose() => _states.Dispose();
}
