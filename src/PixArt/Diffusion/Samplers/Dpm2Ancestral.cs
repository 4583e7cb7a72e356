using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary><see cref="Dpm2"/> that falls below the next noise level and draws fresh noise up to it.</summary>
sealed class Dpm2Ancestral : SigmaSampler
{
    readonly double[] _levels;
    readonly double[] _middles;
    readonly double[] _downs;

    Dpm2Ancestral(SchedulerConfig config, double[] timesteps, double[] levels, double[] middles, double[] downs)
        : base(config, timesteps, Dpm2Grid.Interleaved(levels))
    {
        _levels = levels;
        _middles = middles;
        _downs = downs;
    }

    public override int Order => 2;

    public static Dpm2Ancestral Create(SchedulerConfig config, NoiseSchedule schedule, StepGrid grid)
    {
        var levels = grid.Sigmas;
        double[] downs = [.. levels.Skip(1).Zip(levels, (next, level) => next * next / level)];
        var middles = Dpm2Grid.Middles(levels[..^1], downs);
        return new Dpm2Ancestral(config, Dpm2Grid.Timesteps(schedule, grid.Timesteps, middles), levels, middles, downs);
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
        var stride = (finishes ? _downs[pair] : _middles[pair]) - _levels[pair];
        var previous = WeightedSum.Of((1, start), (stride / level, step.Sample), (-stride / level, original));
        if (finishes)
        {
            double from = _levels[pair], to = _levels[pair + 1];
            previous.AddInPlace(Draw(step), to * Math.Sqrt((from * from) - (to * to)) / from);
        }

        state.Sample = finishes ? null : step.Sample;
        return (previous, original);
    }
}
