using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Heun's second-order method over the noise level (Karras et al. 2022, algorithm 1): steps come in pairs, an Euler step
/// and its correction by the slope at its end. Only the last pair has no correction.
/// </summary>
sealed class Heun(SchedulerConfig config, StepGrid grid)
    : SigmaSampler(config, Paired(grid.Timesteps), PairedSigmas(grid.Sigmas))
{
    public override int Order => 2;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var state = step.State;
        var corrects = state.Extra is not null;
        var from = corrects ? Sigmas[step.Index - 1] : Sigmas[step.Index];
        var to = corrects ? Sigmas[step.Index] : Sigmas[step.Index + 1];
        var level = corrects ? to : from;
        var original = Prediction.Bounded(
            Config, Prediction.ToOriginalUnscaled(Config.PredictionType, step.Output, step.Sample, level));
        var slope = WeightedSum.Of((1 / level, step.Sample), (-1 / level, original));
        if (corrects)
        {
            var half = (to - from) / 2;
            var corrected = WeightedSum.Of((1, state.Sample!), (half, state.Extra!), (half, slope));
            state.Sample = state.Extra = null;
            return (corrected, original);
        }

        var guess = WeightedSum.Of((1, step.Sample), (to - from, slope));
        (state.Sample, state.Extra) = (step.Sample, slope);
        return (guess, original);
    }

    static double[] Paired(double[] timesteps) => [timesteps[0], .. timesteps.Skip(1).SelectMany(t => new[] { t, t })];

    static double[] PairedSigmas(double[] sigmas) =>
        [sigmas[0], .. sigmas.Skip(1).SkipLast(1).SelectMany(s => new[] { s, s }), sigmas[^1]];
}
