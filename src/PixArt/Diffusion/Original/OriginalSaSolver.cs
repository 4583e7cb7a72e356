using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// SA-Solver over continuous time as the original repositories sample ("sa-solver"): τ is taken at the end of each step and
/// the order falls towards the end. With few steps the last step is a predictor step without noise; with more steps the
/// end is corrected too and the model is asked once more for the sample without noise.
/// </summary>
sealed class OriginalSaSolver : Sampler
{
    readonly PathPoint[] _points;
    readonly double[] _times;
    readonly Func<double, double> _tau;
    readonly SaSolverMode _mode;
    readonly SaEvaluation[] _evaluations;

    OriginalSaSolver(
        SchedulerConfig config, double[] asked, SaEvaluation[] evaluations, PathPoint[] points, double[] times,
        Func<double, double> tau, SaSolverMode mode)
        : base(config, asked)
    {
        _evaluations = evaluations;
        _points = points;
        _times = times;
        _tau = tau;
        _mode = mode;
    }

    bool PredictsData => Config.AlgorithmType is "data_prediction";

    int Steps => _points.Length - 1;

    /// <param name="config">Orders, algorithm and prediction.</param>
    /// <param name="schedule">The process.</param>
    /// <param name="times">Falling times, one more than steps.</param>
    /// <param name="tau">τ by continuous time.</param>
    /// <param name="mode">How a run ends, and whether corrected latents are evaluated again.</param>
    public static OriginalSaSolver Create(
        SchedulerConfig config, ContinuousSchedule schedule, double[] times, Func<double, double> tau,
        SaSolverMode mode = default)
    {
        var evaluations = SaEvaluation.List(times.Length - 1, mode);
        return new OriginalSaSolver(
            config, [.. evaluations.Select(e => schedule.ModelTime(times[e.Node]))], evaluations,
            Array.ConvertAll(times, schedule.Point), times, tau, mode);
    }

    public override SamplerState Begin(int index = 0)
    {
        if (index > 0 && index < _evaluations.Length && !_evaluations[index].Corrects)
            throw new InvalidSettingException("begin index", index, "the first evaluation of a step");
        return base.Begin(index);
    }

    public override Tensor AddNoise(Tensor original, Tensor noise, int index)
    {
        var at = _points[_evaluations[index].Node];
        return Scoped([(at.Alpha, original), (at.Sigma, noise)]);
    }

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var (state, sample) = (step.State, step.Sample);
        var evaluation = _evaluations[step.Index];
        var node = evaluation.Node;
        // The published loop throws its first draw away.
        if (state.Taken == 0) Draw(step);
        var original = Prediction.ToOriginal(Config.PredictionType, step.Output, sample, _points[node]);
        if (evaluation.Ends) return (original, original);
        var output = PredictsData ? original : Prediction.NoiseOf(original, sample, _points[node]);

        if (evaluation.Corrects && state.Extra is not null)
        {
            // The step before this one is taken again with the output at its end and its own draw.
            var order = Math.Min(Math.Min(Config.CorrectorOrder, Steps - node + 2), state.Outputs.Count + 1);
            sample = Update(
                Weights(node - 1, order, newest: node, corrects: true), state.Sample!, [output, .. state.Outputs], state.Extra);
        }

        // An evaluation of corrected latents replaces that of the predicted ones.
        if (!evaluation.Corrects && node > 0) state.DropNewest();
        state.Push(output, Math.Max(Config.PredictorOrder, Config.CorrectorOrder));
        if (!evaluation.Predicts) return (sample, original);

        var noise = Draw(step);
        (state.Sample, state.Extra) = (sample, noise);
        var lowered = Math.Min(Math.Min(Config.PredictorOrder, Steps - node), state.Outputs.Count);
        var predictor = Weights(node, lowered, newest: node, corrects: false);
        return (Update(predictor, sample, state.Outputs, noise), original);
    }

    SaSolverWeights Weights(int node, int order, int newest, bool corrects) => SaSolverWeights.Of(
        _points[node], _points[node + 1],
        [.. Enumerable.Range(0, order).Select(age => _points[newest - age].Lambda)],
        node == Steps - 1 && !_mode.HasMoreSteps ? 0 : _tau(_times[node + 1]), PredictsData, corrects,
        node > 0 ? _points[node].Lambda - _points[node - 1].Lambda : 0, isExact: _mode.HasMoreSteps);

    static Tensor Update(SaSolverWeights weights, Tensor sample, IReadOnlyList<Tensor> outputs, Tensor noise) =>
        WeightedSum.Of([
            (weights.Sample, sample),
            .. weights.Outputs.Select((weight, age) => (weight, outputs[age])),
            (weights.Noise, noise),
        ]);
}
