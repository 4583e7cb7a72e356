using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// UniPC (Zhao et al. 2023): a multistep predictor, and a corrector that takes the step again once the model has been
/// asked at its end. The correction happens at the beginning of the next step.
/// </summary>
sealed class UniPc(SchedulerConfig config, StepGrid grid) : LogSnrSampler(config, grid)
{
    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var (state, index, sample) = (step.State, step.Index, step.Sample);
        Tensor original, output;
        if (Config.PredictX0) original = output = Original(step);
        else (output, original) = NoiseAndOriginal(step with { });

        if (index > 0 && state.Sample is { } last && !Config.DisableCorrector.Contains(index - 1))
            sample = Update(state, last, index - 1, state.LastOrder, output);

        state.Push(output, Config.SolverOrder);
        var order = Config.LowerOrderFinal ? Math.Min(Config.SolverOrder, Timesteps.Count - index) : Config.SolverOrder;
        state.LastOrder = Math.Min(order, state.Taken + 1);
        state.Sample = sample;
        return (Update(state, sample, index, state.LastOrder, corrector: null), original);
    }

    // The step from `index` to the next point, with the output at its end when correcting.
    Tensor Update(SamplerState state, Tensor sample, int index, int order, Tensor? corrector)
    {
        PathPoint s = Point(index), t = Point(index + 1);
        var h = t.Lambda - s.Lambda;
        var hh = Config.PredictX0 ? -h : h;
        var phi = Math.Exp(hh) - 1;
        var b = Config.SolverType is "bh1" ? hh : phi;

        double[] nodes = [.. Enumerable.Range(1, order - 1).Select(age => (Point(index - age).Lambda - s.Lambda) / h), 1];
        var rho = corrector is null ? PredictorWeights(nodes, hh, b) : CorrectorWeights(nodes, hh, b);
        var scale = Config.PredictX0 ? t.Alpha : t.Sigma;
        var newest = state.Outputs[0];
        var terms = new List<(double, Tensor)>
        {
            (Config.PredictX0 ? t.Sigma / s.Sigma : t.Alpha / s.Alpha, sample),
        };
        // Each difference (m_i − m_0)/r_i weighs m_i and, against it, m_0.
        var own = -scale * phi;
        for (var i = 0; i < order - 1; i++)
        {
            var weight = -scale * b * rho[i] / nodes[i];
            terms.Add((weight, state.Outputs[i + 1]));
            own -= weight;
        }

        if (corrector is not null)
        {
            var weight = -scale * b * rho[^1];
            terms.Add((weight, corrector));
            own -= weight;
        }

        terms.Add((own, newest));
        return WeightedSum.Of([.. terms]);
    }

    static double[] PredictorWeights(double[] nodes, double hh, double b) => nodes.Length switch
    {
        1 => [],
        2 => [0.5],
        _ => LinearSystem.Solve(
            nodes.Length - 1, (row, column) => Math.Pow(nodes[column], row), Moments(nodes.Length - 1, hh, b)),
    };

    static double[] CorrectorWeights(double[] nodes, double hh, double b) => nodes.Length == 1
        ? [0.5]
        : LinearSystem.Solve(nodes.Length, (row, column) => Math.Pow(nodes[column], row), Moments(nodes.Length, hh, b));

    // n! φ_{n+1}(hh) · hh / B(hh), by the recurrence φ_{n+1} = (φ_n − 1/n!)/hh.
    static double[] Moments(int count, double hh, double b)
    {
        var moments = new double[count];
        var factorial = 1.0;
        var phi = ((Math.Exp(hh) - 1) / hh) - 1;
        for (var n = 1; n <= count; n++)
        {
            moments[n - 1] = phi * factorial / b;
            factorial *= n + 1;
            phi = (phi / hh) - (1 / factorial);
        }

        return moments;
    }
}
