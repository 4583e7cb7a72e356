using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// DPM-Solver that chooses the size of its steps (Lu et al. 2022, appendix C: DPM-Solver-12 and -23), as the original repositories write it:
/// each step is taken by two orders, their difference is its error, and what erred too much is tried again, shorter. Its timesteps come out while
/// it runs: <see cref="Sampler.Timesteps"/> is the first alone, and a loop asks <see cref="Next"/>.
/// </summary>
sealed class AdaptiveDpmSolver : Sampler
{
    const double FirstSize = 0.05;
    const double AbsoluteTolerance = 0.0078;   // half a grey level of pixels in [-1, 1]
    const double RelativeTolerance = 0.05;
    const double Caution = 0.9;
    const double TimeTolerance = 1e-5;
    const double SmallestSize = 1e-6;

    readonly ContinuousSchedule _schedule;
    readonly int _order;

    /// <param name="config">Order (2 or 3), algorithm, solver type, prediction and thresholding.</param>
    /// <param name="schedule">The process.</param>
    /// <exception cref="InvalidSettingException">There is no pair of such an order.</exception>
    public AdaptiveDpmSolver(SchedulerConfig config, ContinuousSchedule schedule) : base(config, [schedule.ModelTime(1)])
    {
        (_schedule, _order) = (schedule, config.SolverOrder);
        if (_order is not (2 or 3)) throw new InvalidSettingException("solver_order", _order, $"2 or 3 with {config.ClassName}");
    }

    double End => _schedule.Lambda(_schedule.First);

    public override SamplerState Begin(int index = 0)
    {
        var state = base.Begin(index);
        state.Attempt = new(1, FirstSize, 0);
        return state;
    }

    /// <summary>What the model is asked at next; null: the run is over.</summary>
    public double? Next(SamplerState state) => state.Attempt is { } attempt ? _schedule.ModelTime(Time(attempt, attempt.Stage)) : null;

    /// <summary>The share of the way from noise to clean that is behind a run, 0 to 1, in half log-SNR.</summary>
    public double Done(SamplerState state)
    {
        var begin = _schedule.Lambda(1);
        return state.Attempt is { } attempt ? Math.Clamp((_schedule.Lambda(attempt.From) - begin) / (End - begin), 0, 1) : 1;
    }

    public override Tensor AddNoise(Tensor original, Tensor noise, int index) =>
        Scoped([(_schedule.Point(1).Alpha, original), (_schedule.Point(1).Sigma, noise)]);

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var state = step.State;
        var attempt = state.Attempt!.Value;
        state.Sample ??= step.Sample;
        state.Extra ??= step.Sample;
        var at = _schedule.Point(Time(attempt, attempt.Stage));
        var original = Prediction.Bounded(
            Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, at), clips: false);
        state.Push(Config.AlgorithmType is "dpmsolver" ? Prediction.NoiseOf(original, step.Sample, at) : original, _order);
        return (attempt.Stage < _order - 1 ? Inside(state, attempt) : Judged(state, attempt), original);
    }

    double Time(AdaptiveStep attempt, int stage) =>
        stage == 0 ? attempt.From : _schedule.TimeOf(_schedule.Lambda(attempt.From) + (attempt.Size * stage / _order));

    // The latents at which the step wants the model's next answer.
    Tensor Inside(SamplerState state, AdaptiveStep attempt)
    {
        state.Attempt = attempt with { Stage = attempt.Stage + 1 };
        return Solution(state, attempt, attempt.Stage + 1, attempt.Stage + 1, exact: true);
    }

    // Both orders are there: the step is taken, or tried again.
    Tensor Judged(SamplerState state, AdaptiveStep attempt)
    {
        var exact = Config.SolverType is "heun";
        var (lower, higher) = (Solution(state, attempt, _order, _order - 1, exact), Solution(state, attempt, _order, _order, exact));
        var scale = (lower.Abs().Maximum(state.Extra!.Abs()) * RelativeTolerance).Clamp(AbsoluteTolerance, double.PositiveInfinity);
        var weighed = (higher - lower) / scale;
        double error = (weighed * weighed).Flatten(1).Mean([1]).Max().Sqrt().Item<float>();
        if (double.IsNaN(error)) throw new PixArtException($"the model's answer near timestep {Next(state):0.##} is not a number: no step can be chosen by it");
        var isTaken = error <= 1;
        var from = isTaken ? Time(attempt, _order) : attempt.From;
        var left = End - _schedule.Lambda(from);
        var size = Math.Min(Caution * attempt.Size * Math.Pow(error, -1.0 / _order), left);
        if (!isTaken)
        {
            if (size < SmallestSize)
                throw new PixArtException($"no step from timestep {_schedule.ModelTime(from):0.##} is small enough for the solver: the model's answers jump");
            // What the model said at its beginning still holds.
            while (state.Outputs.Count > 1) state.DropNewest();
            return Inside(state, new(from, size, 0));
        }

        state.Trim(0);
        (state.Sample, state.Extra) = (higher, lower);
        state.Attempt = Math.Abs(from - _schedule.First) > TimeTolerance ? new(from, size, 0) : null;
        return higher;
    }

    // From the beginning of the step to one of its stages, by the oldest outputs.
    Tensor Solution(SamplerState state, AdaptiveStep attempt, int stage, int order, bool exact)
    {
        var weights = new DpmSolverWeights(Config.AlgorithmType, _schedule.Point(attempt.From), _schedule.Point(Time(attempt, stage)));
        var from = _schedule.Lambda(attempt.From);
        var terms = SinglestepTerms.Of(order, weights, exact, age => from + (attempt.Size * (order - 1 - age) / _order));
        var outputs = state.Outputs.Skip(state.Outputs.Count - order).ToArray();
        return WeightedSum.Of([(weights.Sample, state.Sample!), .. terms.Select((weight, i) => (weight, outputs[i]))]);
    }
}
