using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// DPM-Solver-2 over the noise level as Karras et al. 2022 write it: steps come in pairs, one to the geometric middle of
/// the interval and one across it with the middle's slope.
/// </summary>
sealed class Dpm2 : SigmaSampler
{
    readonly double[] _levels;
    readonly double[] _middles;

    Dpm2(SchedulerConfig config, double[] timesteps, double[] levels, double[] middles)
        : base(config, timesteps, Dpm2Grid.Interleaved(levels))
    {
        _levels = levels;
        _middles = middles;
    }

    public override int Order => 2;

    public static Dpm2 Create(SchedulerConfig config, NoiseSchedule schedule, StepGrid grid)
    {
        var middles = Dpm2Grid.Middles(grid.Sigmas[..^1], grid.Sigmas[1..]);
        return new Dpm2(config, Dpm2Grid.Timesteps(schedule, grid.Timesteps, middles), grid.Sigmas, middles);
    }

    protected override double InputSigma(int index) => index % 2 == 0 ? _levels[index / 2] : _middles[index / 2];

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var state = step.State;
        var pair = step.Index / 2;
        var finishes = step.Index % 2 != 0;
        var level = InputSigma(step.Index);
        var original = Prediction.ToOriginalUnscaled(Config.PredictionType, step.Output, step.Sample, level);
        var start = finishes ? state.Sample! : step.Sample;
        var stride = (finishes ? _levels[pair + 1] : _middles[pair]) - _levels[pair];
        var previous = WeightedSum.Of((1, start), (stride / level, step.Sample), (-stride / level, original));
        state.Sample = finishes ? null : step.Sample;
        return (previous, original);
    }
}
