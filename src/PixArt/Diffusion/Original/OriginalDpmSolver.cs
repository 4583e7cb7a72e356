using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// DPM-Solver++ in multistep form over continuous time, as the original PixArt repositories sample ("dpm-solver"): uniform
/// times, order 2, ending at the noise of timestep 0. Only runs of fewer than ten steps lower their order at the end.
/// </summary>
sealed class OriginalDpmSolver : Sampler
{
    const int FewSteps = 10;
    readonly PathPoint[] _points;
    readonly bool _endsClean;

    /// <param name="config">Order, algorithm, prediction and thresholding.</param>
    /// <param name="schedule">The process.</param>
    /// <param name="times">Falling times, one more than steps.</param>
    /// <param name="endsClean">Whether the model is asked once more at the last time, for the sample without noise.</param>
    public OriginalDpmSolver(SchedulerConfig config, ContinuousSchedule schedule, double[] times, bool endsClean = false)
        : base(config, [.. (endsClean ? times : times[..^1]).Select(schedule.ModelTime)])
    {
        _points = Array.ConvertAll(times, schedule.Point);
        _endsClean = endsClean;
    }

    int Steps => _points.Length - 1;

    public override Tensor AddNoise(Tensor original, Tensor noise, int index) =>
        Scoped([(_points[index].Alpha, original), (_points[index].Sigma, noise)]);

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var (state, index) = (step.State, step.Index);
        var at = _points[index];
        var original = Prediction.Bounded(
            Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, at), clips: false);
        if (_endsClean && index == Steps) return (original, original);
        state.Push(
            Config.AlgorithmType is "dpmsolver" ? Prediction.NoiseOf(original, step.Sample, at) : original,
            Config.SolverOrder);

        var order = Math.Min(Config.SolverOrder, state.Taken + 1);
        if (Config.LowerOrderFinal && Steps < FewSteps) order = Math.Min(order, Steps - index);
        var weights = new DpmSolverWeights(Config.AlgorithmType, at, _points[index + 1]);
        var terms = MultistepTerms.Of(
            order, weights, Config.SolverType is "heun", age => _points[index - age].Lambda);
        var previous = WeightedSum.Of([
            (weights.Sample, step.Sample),
            .. terms.Select((weight, i) => (weight, state.Outputs[i])),
        ]);
        return (previous, original);
    }
}
