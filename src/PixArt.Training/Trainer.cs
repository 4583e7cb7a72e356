using System.Diagnostics;
using System.Runtime.InteropServices;
using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Data;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Owns the loop and nothing else: batches, backward, clipping, optimizer, average, checkpoints. What is trained is
/// the trainee's, what is shown the reporter's, how many processes there are the ranks'.</summary>
sealed class Trainer : IDisposable
{
    readonly GradientRecipe _recipe;
    readonly ITrainee _trainee;
    readonly IOptimizer _optimizer;
    readonly MovingAverage? _average;
    readonly LossScaler? _scaler;
    readonly CheckpointStore _store;
    readonly TrainingReporter? _reporter;
    readonly TrainingRanks _ranks;
    readonly GradientReducer? _reducer;
    readonly LossStatistics _statistics = new();
    double _elapsedBefore;
    readonly Stopwatch _watch = new();

    /// <param name="recipe">What to do.</param>
    /// <param name="trainee">What is trained.</param>
    /// <param name="store">Where checkpoints lie.</param>
    /// <param name="reporter">Tells the progress; only that of rank 0 is told.</param>
    /// <param name="ranks">The processes that train together, connected; null: this one alone.</param>
    public Trainer(GradientRecipe recipe, ITrainee trainee, CheckpointStore store, TrainingReporter? reporter, TrainingRanks? ranks = null)
    {
        (_recipe, _trainee, _store, _reporter, _ranks) = (recipe, trainee, store, reporter, ranks ?? TrainingRanks.Alone);
        _ranks.Equalize(trainee.Parameters);
        IOptimizer Make(IReadOnlyList<TrainedTensor> parameters) => OptimizerFactory.Create(recipe.Optimizer, parameters, recipe.Precision, recipe.Seed);
        _optimizer = _ranks.World > 1 && recipe.Ranks.ShardOptimizer ? new ShardedOptimizer(trainee.Parameters, _ranks, Make) : Make(trainee.Parameters);
        _reducer = _ranks.World > 1 ? new(trainee.Parameters, _ranks.Tensors, (long)(recipe.Ranks.BucketMegabytes * (1 << 20))) : null;
        _average = recipe.Ema is { } decay ? new MovingAverage(trainee.Parameters, decay) : null;
        if (_average is not null) trainee.Averaged(_average);
        if (recipe.LossScaling is { } scaling) _scaler = new(scaling);
    }

    /// <summary>Optimizer steps made.</summary>
    public long Step { get; private set; }

    double Elapsed => _elapsedBefore + _watch.Elapsed.TotalSeconds;

    /// <summary>Goes on until all steps are made or it is cancelled; then saves a checkpoint and the result.</summary>
    /// <exception cref="PixArtException">The loss or a gradient is no longer a number; the state before that step is kept as
    /// a checkpoint.</exception>
    public void Run(CancellationToken cancel)
    {
        Resume();
        var saved = Step;
        using var batches = new Prefetcher<TrainingBatch>(_trainee.Prepare, Step * _recipe.Accumulation);
        var clock = new CheckpointClock(_recipe.Checkpoint);
        _watch.Start();
        while (Step < _recipe.Steps && !_ranks.Any(cancel.IsCancellationRequested))
        {
            var made = MakeStep(batches);
            if (_trainee.WantsHeldOutLoss(Step)) WithAverage(() => _trainee.HeldOutLoss(_statistics));
            if (_recipe.Report.WritesAt(Step, _recipe.Steps)) _statistics.Collect(_ranks);
            _reporter?.Report(made, _statistics, Elapsed);
            if (_ranks.First(_reporter?.WantsSheet(Step) == true)) WithAverage(() => _reporter?.Sheet(_trainee, Step));
            if (!_ranks.First(clock.IsDue(Step))) continue;
            Save();
            saved = Step;
        }

        if (saved < Step) Save();
    }

    public void Dispose()
    {
        _statistics.Dispose();
        _reducer?.Dispose();
        _optimizer.Dispose();
        _average?.Dispose();
    }

    StepFigures MakeStep(Prefetcher<TrainingBatch> batches)
    {
        using var scope = TensorScope.Begin();
        var loss = 0.0;
        var scale = _scaler?.Current.Factor ?? 1;
        for (var micro = 0; micro < _recipe.Accumulation; micro++)
        {
            using var passScope = TensorScope.Begin();
            using var batch = batches.Next();
            using var cast = Autocast.Begin(_recipe.Precision.Small());
            var total = _trainee.Loss(batch, (Step * _recipe.Accumulation) + micro, _statistics);
            if (_recipe.Accumulation > 1) total /= _recipe.Accumulation;
            if (micro == _recipe.Accumulation - 1) _reducer?.Begin();
            (total * scale).Backward();
            _statistics.AddLater(total, value => loss += value[0]);
        }

        _reducer?.Finish(_ranks);
        _trainee.Accumulated();
        var norm = GradientNorm.Of(_trainee.Parameters) / scale;
        _statistics.Settle();
        loss = _ranks.Sum(loss) / _ranks.World;
        // Gradients that fp16 cannot hold are a matter of the scale; a loss that is no number is not.
        var skipped = _scaler is not null && double.IsFinite(loss) && !double.IsFinite(norm);
        if (!skipped && (!double.IsFinite(loss) || !double.IsFinite(norm))) Stop(loss, norm);
        var rate = _recipe.Optimizer.RateFor((long)_recipe.BatchSize * _recipe.Accumulation) * _recipe.Schedule.Factor(Step, _recipe.Steps);
        if (!skipped)
        {
            _optimizer.Step(rate, GradientNorm.ClipFactor(norm, _recipe.MaxGradNorm) / scale);
            _average?.Update();
        }

        ForgetGradients();
        _scaler?.Settle(skipped, _statistics);
        Step++;
        if (_ranks.IsFirst) _statistics.AddStep(loss);
        return new(Step, loss, norm, rate);
    }

    void Stop(double loss, double norm)
    {
        ForgetGradients();
        var kept = Save();
        throw new PixArtException(
            $"training stopped: at step {Step + 1} the loss is {loss} and the gradient norm {norm}; the state before it is kept in '{kept?.Folder}'{string.Concat(_ranks.Gather(Blame()))}");
    }

    string Blame()
    {
        const int most = 3;
        var (all, samples) = (_statistics.Unusable, string.Join("; ", _statistics.Unusable.Take(most)));
        return all.Count == 0 ? "" : $". No number is the loss of {samples}{(all.Count > most ? $", and {all.Count - most} more" : "")}";
    }

    void ForgetGradients()
    {
        foreach (var parameter in _trainee.Parameters) parameter.Value.Grad = null;
    }

    // What was written, on rank 0.
    Checkpoint? Save()
    {
        _statistics.Collect(_ranks);
        using var optimizer = StateGathering.Of(_optimizer, _ranks);
        var saved = _ranks.IsFirst ? Write(optimizer.State) : null;
        WithAverage(() =>
        {
            if (!_ranks.IsFirst) return;
            _trainee.Export(_recipe.Output, Step);
            _reporter?.Card(Step, _statistics.Smoothed);
            _reporter?.Wrote("result", _recipe.Output);
        });
        return saved;
    }

    Checkpoint Write(IReadOnlyList<TrainedTensor> optimizer)
    {
        var state = new TrainingState
        {
            Step = Step,
            OptimizerSteps = _optimizer.StepCount,
            AverageSteps = _average?.StepCount ?? 0,
            ElapsedSeconds = Elapsed,
            LossScale = _scaler?.Current,
            Recipe = RecipeReader.Print(_recipe),
            Loss = _statistics.ToState(),
        };
        var saved = _store.Save(Step, CheckpointContents.Files(state, _trainee.Parameters, optimizer, _average));
        _reporter?.Wrote("checkpoint", saved.Folder);
        return saved;
    }

    void Resume()
    {
        if (_store.Latest(_ranks, message => _reporter?.Notice(message)) is not { } found)
        {
            _reporter?.Begun();
            return;
        }

        var state = CheckpointContents.Load(found, _trainee.Parameters, _optimizer, _average);
        Step = state.Step;
        _elapsedBefore = state.ElapsedSeconds;
        if (state.LossScale is { } known) _scaler?.Resume(known);
        if (_ranks.IsFirst) _statistics.Restore(state.Loss);
        _reporter?.Resumed(found, RecipeReader.Print(_recipe), state.Recipe);
    }

    void WithAverage(Action action)
    {
        using var averaged = _optimizer.UseAverage();
        // Models of a small type compute in nothing else.
        using var cast = Autocast.Begin(_recipe.Parameters == ParameterPrecision.Bf16 ? ScalarType.BFloat16 : null);
        _average?.Swap();
        try
        {
            action();
        }
        finally
        {
            _average?.Swap();
        }
    }
}

/// <summary>What one step gave.</summary>
[StructLayout(LayoutKind.Auto)]
readonly record struct StepFigures(long Step, double Loss, double GradientNorm, double LearningRate);
