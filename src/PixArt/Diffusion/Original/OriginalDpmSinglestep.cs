using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// DPM-Solver++ in single-step form over continuous time, as the original repositories write it: blocks of up to three
/// evaluations, the inner ones at times between the block's ends.
/// </summary>
sealed class OriginalDpmSinglestep : Sampler
{
    readonly (PathPoint At, PathPoint Next, int Stage, bool Ends)[] _evaluations;

    OriginalDpmSinglestep(
        SchedulerConfig config, double[] times, (PathPoint At, PathPoint Next, int Stage, bool Ends)[] evaluations)
        : base(config, times) => _evaluations = evaluations;

    /// <param name="config">Algorithm, solver type, prediction and thresholding.</param>
    /// <param name="schedule">The process.</param>
    /// <param name="outer">The ends of the blocks, falling, one more than blocks.</param>
    /// <param name="orders">The order of each block.</param>
    /// <param name="spacing">Lays the inner times.</param>
    public static OriginalDpmSinglestep Create(
        SchedulerConfig config, ContinuousSchedule schedule, double[] outer, int[] orders,
        Func<ContinuousSchedule, double, double, int, double[]> spacing)
    {
        var times = new List<double>();
        var evaluations = new List<(PathPoint, PathPoint, int, bool)>();
        for (var block = 0; block < orders.Length; block++)
        {
            var inner = spacing(schedule, outer[block], outer[block + 1], orders[block]);
            for (var stage = 0; stage < orders[block]; stage++)
            {
                times.Add(schedule.ModelTime(inner[stage]));
                evaluations.Add((
                    schedule.Point(inner[stage]), schedule.Point(inner[stage + 1]), stage, stage == orders[block] - 1));
            }
        }

        return new OriginalDpmSinglestep(config, [.. times], [.. evaluations]);
    }

    /// <summary>The orders of the blocks of a run of so many evaluations.</summary>
    public static int[] Orders(int steps, int order)
    {
        int[] Repeat(int count, params int[] tail) => [.. Enumerable.Repeat(order, count), .. tail];
        return (order, steps % order) switch
        {
            (1, _) => Repeat(steps),
            (2, 0) => Repeat(steps / 2),
            (2, _) => Repeat(steps / 2, 1),
            (_, 0) => Repeat((steps / 3) - 1, 2, 1),
            (_, 1) => Repeat(steps / 3, 1),
            _ => Repeat(steps / 3, 2),
        };
    }

    /// <summary>Whether a step ends a block: only there are the latents those of the block's end.</summary>
    public bool EndsBlock(int index) => _evaluations[index].Ends;

    public override SamplerState Begin(int index = 0)
    {
        if (index > 0 && index < _evaluations.Length && _evaluations[index].Stage != 0)
            throw new InvalidSettingException("begin index", index, "the first step of a block");
        return base.Begin(index);
    }

    public override Tensor AddNoise(Tensor original, Tensor noise, int index) =>
        Scoped([(_evaluations[index].At.Alpha, original), (_evaluations[index].At.Sigma, noise)]);

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var (state, index) = (step.State, step.Index);
        var (at, next, stage, ends) = _evaluations[index];
        if (stage == 0)
        {
            state.Trim(0);
            state.Sample = step.Sample;
        }

        var original = Prediction.Bounded(
            Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, at), clips: false);
        state.Push(Config.AlgorithmType is "dpmsolver" ? Prediction.NoiseOf(original, step.Sample, at) : original, 3);
        var weights = new DpmSolverWeights(Config.AlgorithmType, _evaluations[index - stage].At, next);
        // Inside a block a slope is always integrated exactly.
        var terms = SinglestepTerms.Of(
            stage + 1, weights, Config.SolverType is "heun" || !ends, age => _evaluations[index - age].At.Lambda);
        var previous = WeightedSum.Of([
            (weights.Sample, state.Sample!),
            .. terms.Select((weight, i) => (weight, state.Outputs[i])),
        ]);
        return (previous, original);
    }
}
