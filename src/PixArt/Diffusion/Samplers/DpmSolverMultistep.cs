using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// DPM-Solver and DPM-Solver++ in multistep form, deterministic or stochastic, orders 1 to 3 (Lu et al. 2022,
/// arXiv 2206.00927 and 2211.01095). PixArt's default is order 2, midpoint, data prediction.
/// </summary>
sealed class DpmSolverMultistep(SchedulerConfig config, StepGrid grid) : LogSnrSampler(config, grid)
{
    // Below this many steps the published solver lowers its order towards the end.
    const int FewSteps = 15;

    bool PredictsData => Config.AlgorithmType is "dpmsolver++" or "sde-dpmsolver++";

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var state = step.State;
        Tensor original, output;
        if (PredictsData) original = output = Original(step);
        else (output, original) = NoiseAndOriginal(step);
        state.Push(output, Config.SolverOrder);
        var noise = Config.AlgorithmType.StartsWith("sde", StringComparison.Ordinal) ? Draw(step) : null;

        var order = Math.Min(OrderAt(step.Index), state.Taken + 1);
        var weights = new DpmSolverWeights(Config.AlgorithmType, Point(step.Index), Point(step.Index + 1));
        var terms = MultistepTerms.Of(
            order, weights, Config.SolverType is "heun", age => Point(step.Index - age).Lambda);
        var previous = WeightedSum.Of([
            (weights.Sample, step.Sample),
            .. terms.Select((weight, i) => (weight, state.Outputs[i])),
            (noise is null ? 0 : weights.Noise, noise ?? step.Sample),
        ]);
        return (previous, original);
    }

    int OrderAt(int index)
    {
        var lowers = Config.LowerOrderFinal && Timesteps.Count < FewSteps;
        if (index == Last && (lowers || Config.EulerAtFinal || Config.FinalSigmasType == FinalSigma.Zero)) return 1;
        return index == Last - 1 && lowers ? Math.Min(2, Config.SolverOrder) : Config.SolverOrder;
    }
}
