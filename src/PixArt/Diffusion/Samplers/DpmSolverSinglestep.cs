using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// DPM-Solver++ in single-step form: evaluations in blocks of up to the order, each block one step from its first
/// latents (Lu et al. 2022, arXiv 2206.00927, algorithms 4 and 5).
/// </summary>
sealed class DpmSolverSinglestep : LogSnrSampler
{
    readonly int[] _orders;

    public DpmSolverSinglestep(SchedulerConfig config, StepGrid grid) : base(config, grid)
    {
        var steps = grid.Timesteps.Length;
        // A run that its blocks do not fill, or that ends without noise, has to end on a lower order.
        var lowers = config.LowerOrderFinal || steps % config.SolverOrder != 0 || config.FinalSigmasType == FinalSigma.Zero;
        _orders = Orders(steps, config.SolverOrder, lowers);
        if (config.FinalSigmasType == FinalSigma.Zero) _orders[^1] = 1;
    }

    bool PredictsData => Config.AlgorithmType is not "dpmsolver";

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var state = step.State;
        Tensor original, output;
        if (PredictsData) original = output = Original(step);
        else (output, original) = NoiseAndOriginal(step);
        state.Push(output, Config.SolverOrder);
        var noise = Config.AlgorithmType.StartsWith("sde", StringComparison.Ordinal) ? Draw(step) : null;

        // A run that began inside a block takes its first steps by lower orders.
        var order = Math.Min(_orders[step.Index], state.Outputs.Count);
        if (order == 1) state.Sample = step.Sample;
        var weights = new DpmSolverWeights(Config.AlgorithmType, Point(step.Index - order + 1), Point(step.Index + 1));
        var terms = SinglestepTerms.Of(
            order, weights, Config.SolverType is "heun", age => Point(step.Index - age).Lambda);
        var previous = WeightedSum.Of([
            (weights.Sample, state.Sample!),
            .. terms.Select((weight, i) => (weight, state.Outputs[i])),
            (noise is null ? 0 : weights.Noise, noise ?? step.Sample),
        ]);
        return (previous, original);
    }

    static int[] Orders(int steps, int order, bool lowers)
    {
        int[] cycle = [.. Enumerable.Range(1, order)];
        if (order == 1 || !lowers) return [.. Enumerable.Range(0, steps).Select(i => cycle[i % order])];
        // Whole cycles, of which the last is cut short so that the run ends on order 1 (or 1, 2).
        int[] tail = (order, steps % order) switch
        {
            (2, 0) => [1, 1],
            (2, _) => [1],
            (3, 0) => [1, 2, 1],
            (3, 1) => [1],
            _ => [1, 2],
        };
        return [.. Enumerable.Range(0, (steps - tail.Length) / order).SelectMany(_ => cycle), .. tail];
    }
}
