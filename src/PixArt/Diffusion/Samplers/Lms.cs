using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>The linear multistep method over the noise level: slopes extrapolated by a polynomial of up to order 4.</summary>
sealed class Lms(SchedulerConfig config, StepGrid grid) : SigmaSampler(config, grid.Timesteps, grid.Sigmas)
{
    const int HighestOrder = 4;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var state = step.State;
        var sigma = Sigmas[step.Index];
        var original = Prediction.ToOriginalUnscaled(Config.PredictionType, step.Output, step.Sample, sigma);
        state.Push(WeightedSum.Of((1 / sigma, step.Sample), (-1 / sigma, original)), HighestOrder);
        double[] nodes = [.. state.Outputs.Select((_, age) => Sigmas[step.Index - age])];
        var previous = WeightedSum.Of([
            (1, step.Sample),
            .. state.Outputs.Select((slope, age) => (Integral(nodes, age, sigma, Sigmas[step.Index + 1]), slope)),
        ]);
        return (previous, original);
    }

    // ∫ of the Lagrange polynomial that is 1 at its own node. Two Gauss points are exact up to its degree, 3.
    static double Integral(double[] nodes, int own, double from, double to)
    {
        double half = (to - from) / 2, middle = (to + from) / 2, offset = half / Math.Sqrt(3);
        return half * (Basis(nodes, own, middle - offset) + Basis(nodes, own, middle + offset));
    }

    static double Basis(double[] nodes, int own, double at)
    {
        var product = 1.0;
        for (var i = 0; i < nodes.Length; i++)
            if (i != own) product *= (at - nodes[i]) / (nodes[own] - nodes[i]);
        return product;
    }
}
