using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// DEIS in its log-ρ multistep form, orders 1 to 3 (Zhang and Chen 2023): the noise as a polynomial in ln ρ, ρ = σ/α,
/// integrated exactly over ρ.
/// </summary>
sealed class Deis(SchedulerConfig config, StepGrid grid) : LogSnrSampler(config, grid)
{
    const int FewSteps = 15;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var state = step.State;
        var original = Original(step);
        PathPoint s = Point(step.Index), t = Point(step.Index + 1);
        state.Push(Prediction.NoiseOf(original, step.Sample, s), Config.SolverOrder);
        var order = Math.Min(OrderAt(step.Index), state.Taken + 1);
        double[] nodes = [.. Enumerable.Range(0, order).Select(age => Math.Log(Point(step.Index - age).Rho))];
        var previous = WeightedSum.Of([
            (t.Alpha / s.Alpha, step.Sample),
            .. nodes.Select((_, own) => (t.Alpha * Integral(nodes, own, s.Rho, t.Rho), state.Outputs[own])),
        ]);
        return (previous, original);
    }

    int OrderAt(int index)
    {
        var lowers = Config.LowerOrderFinal && Timesteps.Count < FewSteps;
        if (index == Last && lowers) return 1;
        return index == Last - 1 && lowers ? Math.Min(2, Config.SolverOrder) : Config.SolverOrder;
    }

    static double Integral(double[] nodes, int own, double from, double to) =>
        Antiderivative(nodes, own, to) - Antiderivative(nodes, own, from);

    // Of the Lagrange polynomial in L = ln ρ that is 1 at its own node: ∫ dρ = ρ, ∫ L dρ = ρ (L − 1),
    // ∫ L² dρ = ρ (L² − 2L + 2).
    static double Antiderivative(double[] nodes, int own, double rho)
    {
        var log = Math.Log(rho);
        double[] others = [.. nodes.Where((_, i) => i != own)];
        var scale = others.Aggregate(1.0, (product, node) => product * (nodes[own] - node));
        return others.Length switch
        {
            0 => rho,
            1 => rho * (log - 1 - others[0]) / scale,
            _ => rho * ((log * log) - (2 * log) + 2 - ((others[0] + others[1]) * (log - 1)) + (others[0] * others[1])) / scale,
        };
    }
}
