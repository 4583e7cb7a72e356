using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Pseudo numerical methods (Liu et al. 2022): Runge–Kutta steps of four evaluations to warm up, unless they are skipped,
/// then linear multistep over the last four predictions.
/// </summary>
sealed class Pndm : AlphaSampler
{
    const int Window = 4;
    readonly int _stride;
    readonly int _warmUp;

    public Pndm(SchedulerConfig config, NoiseSchedule schedule, SamplerOptions options)
        : this(config, schedule, PndmGrid.Create(config, options), options.Steps!.Value)
    {
    }

    Pndm(SchedulerConfig config, NoiseSchedule schedule, (double[] Timesteps, int WarmUp) grid, int steps)
        : base(config, schedule, grid.Timesteps)
    {
        _stride = config.NumTrainTimesteps / steps;
        _warmUp = grid.WarmUp;
    }

    public override SamplerState Begin(int index = 0)
    {
        if (index > 0 && index < _warmUp)
            throw new InvalidSettingException("begin index", index, $"0, or {_warmUp} and above, after the warm-up");
        return base.Begin(index);
    }

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step) =>
        step.Index < _warmUp ? RungeKutta(step) : Multistep(step);

    (Tensor Previous, Tensor Original) RungeKutta(StepInput step)
    {
        var state = step.State;
        var stage = step.Index % Window;
        var output = step.Output;
        if (stage == 0)
        {
            state.Push(output, Window);
            state.Sample = step.Sample;
        }

        var sum = stage == 0
            ? WeightedSum.Of((1.0 / 6, output))
            : WeightedSum.Of((1, state.Extra!), (stage == 3 ? 1.0 / 6 : 1.0 / 3, output));
        state.Extra = stage == 3 ? null : sum;
        var from = Timesteps[step.Index - stage];
        var to = Timesteps[step.Index] - (step.Index % 2 == 0 ? _stride / 2 : 0);
        return Transfer(stage == 3 ? sum : output, state.Sample!, from, to);
    }

    (Tensor Previous, Tensor Original) Multistep(StepInput step)
    {
        var state = step.State;
        var timestep = Timesteps[step.Index];
        // Without warm-up the second evaluation repeats the first step with the mean of both slopes.
        if (step.Index == 1 && state.Taken == 1 && _warmUp == 0)
        {
            var mean = WeightedSum.Of((0.5, step.Output), (0.5, state.Outputs[0]));
            var repeated = Transfer(mean, state.Sample!, timestep + _stride, timestep);
            state.Sample = null;
            return repeated;
        }

        state.Push(step.Output, Window);
        if (step.Index == 0) state.Sample = step.Sample;
        double[] weights = state.Outputs.Count switch
        {
            1 => [1],
            2 => [1.5, -0.5],
            3 => [23.0 / 12, -16.0 / 12, 5.0 / 12],
            _ => [55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24],
        };
        var slope = WeightedSum.Of([.. weights.Zip(state.Outputs)]);
        return Transfer(slope, step.Sample, timestep, timestep - _stride);
    }

    // Equation 11: the deterministic DDIM step between any two timesteps.
    (Tensor Previous, Tensor Original) Transfer(Tensor output, Tensor sample, double from, double to)
    {
        PathPoint at = Point(from), next = Point(to);
        var noise = Prediction.ToNoise(Config.PredictionType, output, sample, at);
        var original = Prediction.ToOriginal(PredictionType.Epsilon, noise, sample, at);
        return (WeightedSum.Of((next.Alpha, original), (next.Sigma, noise)), original);
    }
}
