using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>Euler's method on the straight path from noise to sample (Liu et al. 2023; Esser et al. 2024).</summary>
sealed class FlowMatchEuler(SchedulerConfig config, StepGrid grid) : Sampler(config, grid.Timesteps)
{
    public override IReadOnlyList<double> Sigmas { get; } = grid.Sigmas;

    public override Tensor AddNoise(Tensor original, Tensor noise, int index) =>
        Scoped([(1 - Sigmas[index], original), (Sigmas[index], noise)]);

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        double sigma = Sigmas[step.Index], next = Sigmas[step.Index + 1];
        var original = WeightedSum.Of((1, step.Sample), (-sigma, step.Output));
        var previous = Config.StochasticSampling
            ? WeightedSum.Of((1 - next, original), (next, Draw(step)))
            : WeightedSum.Of((1, step.Sample), (next - sigma, step.Output));
        return (previous, original);
    }
}
