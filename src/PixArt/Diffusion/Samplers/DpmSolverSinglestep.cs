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
        var m = Terms(order, step.Index, weights);
        var previous = WeightedSum.Of([
            (weights.Sample, state.Sample!),
            .. m.Select((weight, i) => (weight, state.Outputs[i])),
            (noise is null ? 0 : weights.Noise, noise ?? step.Sample),
        ]);
        return (previous, original);
    }

    // The weights of the newest outputs; the block's first is the oldest.
    double[] Terms(int order, int index, DpmSolverWeights weights)
    {
        var d0 = weights.D0;
        if (order == 1) return [d0];
        var heun = Config.SolverType is "heun";
        var from = Point(index - order + 1).Lambda;
        var r0 = (Point(index).Lambda - from) / weights.H;
        if (order == 2)
        {
            var slope = (heun ? weights.D1Exact : weights.D1Midpoint) / r0;
            return [slope, d0 - slope];
        }

        var r1 = (Point(index - 1).Lambda - from) / weights.H;
        if (!heun)
        {
            var slope = weights.D1Exact / r0;
            return [slope, 0, d0 - slope];
        }

        // D1 = (r0 d - r1 e)/(r0 - r1), D2 = 2 (e - d)/(r0 - r1), of the slopes d = (m1 - m2)/r1 and e = (m0 - m2)/r0.
        var d = ((r0 * weights.D1Exact) - (2 * weights.D2)) / (r0 - r1) / r1;
        var e = ((2 * weights.D2) - (r1 * weights.D1Exact)) / (r0 - r1) / r0;
        return [e, d, d0 - d - e];
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
