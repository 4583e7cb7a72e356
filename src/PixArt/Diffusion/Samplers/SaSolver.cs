using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// SA-Solver (Xue et al. 2023): a stochastic Adams–Bashforth predictor and an Adams–Moulton corrector, with the noise
/// scale τ(t). The correction happens at the beginning of the next step and uses that step's own draw.
/// </summary>
sealed class SaSolver(SchedulerConfig config, NoiseSchedule schedule, StepGrid grid, SamplerOptions options)
    : LogSnrSampler(config, grid)
{
    readonly Func<double, double> _tau = options.Tau ?? (t => t is >= 200 and <= 800 ? 1 : 0);

    bool PredictsData => Config.AlgorithmType is "data_prediction";

    int Memory => Math.Max(Config.PredictorOrder, Config.CorrectorOrder - 1);

    public override Tensor AddNoise(Tensor original, Tensor noise, int index) =>
        schedule.AddNoise(original, noise, [(long)Timesteps[index]]);

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var (state, index, sample) = (step.State, step.Index, step.Sample);
        Tensor original, output;
        if (PredictsData) original = output = Original(step);
        else (output, original) = NoiseAndOriginal(step);

        if (state.Taken > 0)
        {
            // LastOrder is the predictor's; the corrector has one node more.
            var order = CorrectorOrder(index - 1, state.Taken - 1);
            var weights = Weights(index - 1, order, newestNode: index, corrects: true);
            sample = Update(weights, state.Sample!, [output, .. state.Outputs], state.Extra!);
        }

        state.Push(output, Memory);
        var noise = Draw(step);
        (state.Sample, state.Extra) = (sample, noise);
        var predictor = Weights(index, PredictorOrder(index, state.Taken), newestNode: index, corrects: false);
        return (Update(predictor, sample, state.Outputs, noise), original);
    }

    int PredictorOrder(int index, int taken) => Math.Min(
        Config.LowerOrderFinal ? Math.Min(Config.PredictorOrder, Timesteps.Count - index) : Config.PredictorOrder,
        Math.Min(taken, Memory) + 1);

    int CorrectorOrder(int index, int taken) => Math.Min(
        Config.LowerOrderFinal ? Math.Min(Config.CorrectorOrder, Timesteps.Count - index + 1) : Config.CorrectorOrder,
        Math.Min(taken, Memory) + 2);

    SaSolverWeights Weights(int index, int order, int newestNode, bool corrects) => SaSolverWeights.Of(
        Point(index), Point(index + 1), [.. Enumerable.Range(0, order).Select(age => Point(newestNode - age).Lambda)],
        _tau(Timesteps[index]), PredictsData, corrects,
        index > 0 ? Point(index).Lambda - Point(index - 1).Lambda : 0);

    static Tensor Update(SaSolverWeights weights, Tensor sample, IReadOnlyList<Tensor> outputs, Tensor noise) =>
        WeightedSum.Of([
            (weights.Sample, sample),
            .. weights.Outputs.Select((weight, age) => (weight, outputs[age])),
            (weights.Noise, noise),
        ]);
}
