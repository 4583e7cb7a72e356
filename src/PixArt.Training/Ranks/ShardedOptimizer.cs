using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Ranks;

/// <summary>ZeRO-1 (Rajbhandari et al. 2020) by whole parameters: each process keeps the optimizer's state of its own parameters only, makes
/// their step, and hands them to the others.</summary>
sealed class ShardedOptimizer : IOptimizer
{
    readonly TrainingRanks _ranks;
    readonly TrainedTensor[][] _owned;
    readonly IOptimizer _own;
    readonly ParameterExchange _exchange;

    /// <param name="parameters">Parameters in an order that all processes share.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="make">Makes the optimizer of some of the parameters.</param>
    public ShardedOptimizer(
        IReadOnlyList<TrainedTensor> parameters, TrainingRanks ranks, Func<IReadOnlyList<TrainedTensor>, IOptimizer> make)
    {
        _ranks = ranks;
        _owned = Assign(parameters, ranks.World);
        _own = make(_owned[ranks.Rank]);
        _exchange = new(ranks);
    }

    public long StepCount
    {
        get => _own.StepCount;
        set => _own.StepCount = value;
    }

    /// <summary>This process's part.</summary>
    public IEnumerable<TrainedTensor> State => _own.State;

    public void Step(double learningRate, double gradientScale = 1)
    {
        _own.Step(learningRate, gradientScale);
        HandRound();
    }

    public IDisposable? UseAverage()
    {
        var shown = _own.UseAverage();
        if (!_ranks.Any(shown is not null)) return null;
        HandRound();
        return new Shown(this, shown);
    }

    public void Dispose() => _own.Dispose();

    /// <summary>Which parameters each process owns: the largest go first, each to the process that has least. It follows from names and
    /// sizes alone.</summary>
    internal static TrainedTensor[][] Assign(IReadOnlyList<TrainedTensor> parameters, int world)
    {
        var owner = new int[parameters.Count];
        var load = new long[world];
        foreach (var number in Enumerable.Range(0, parameters.Count).OrderByDescending(i => parameters[i].Value.Count).ThenBy(i => i))
        {
            owner[number] = Array.IndexOf(load, load.Min());
            load[owner[number]] += parameters[number].Value.Count;
        }

        return [.. Enumerable.Range(0, world).Select(rank => parameters.Where((_, i) => owner[i] == rank).ToArray())];
    }

    void HandRound() => _exchange.Hand([.. _owned.Select(own => own.Select(parameter => parameter.Value).ToArray())]);

    sealed class Shown(ShardedOptimizer optimizer, IDisposable? own) : IDisposable
    {
        public void Dispose()
        {
            own?.Dispose();
            optimizer.HandRound();
        }
    }
}
