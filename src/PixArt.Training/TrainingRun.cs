using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Data;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Does what a recipe says, from where an earlier run of it stopped.</summary>
public static class TrainingRun
{
    /// <summary>Runs a recipe. The output folder then holds <c>recipe.json</c> as it was resolved, the trained component
    /// folders, and for models <c>checkpoints/</c>, <c>metrics.jsonl</c>, <c>report.html</c>, <c>loss.png</c>, <c>samples/</c> and <c>tensorboard/</c>.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="progress">Is told what happens; one event at a time, from the training thread or those that read data.</param>
    /// <param name="cancel">Stops after the step that is being made; a checkpoint is saved.</param>
    /// <param name="ranks">The processes that train together, of which rank 0 writes and tells; null: this one alone.</param>
    /// <exception cref="PixArtException">The recipe cannot be done, another process trains into the same folder, or the loss
    /// is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; training can be resumed.</exception>
    public static void Run(
        TrainingRecipe recipe, IProgress<TrainingEvent>? progress = null, CancellationToken cancel = default, TrainingRanks? ranks = null)
    {
        ranks ??= TrainingRanks.Alone;
        recipe.Validate();
        if (recipe is FeatureRecipe)
            throw new InvalidSettingException("kind", "features", "a recipe that trains; 'pixart extract' computes features");
        // Data are read, and told of, by other threads than the one that trains.
        if (progress is not null) progress = new SerialProgress(progress);
        if (!ranks.IsFirst) progress = null;
        using var claim = ranks.IsFirst ? RunLock.Take(recipe.Output) : null;
        if (ranks.IsFirst) AtomicFile.WriteText(Path.Combine(recipe.Output, "recipe.json"), RecipeReader.Print(recipe));
        switch (recipe)
        {
            case TokenizerRecipe when !ranks.IsFirst:
                break;
            case TokenizerRecipe tokenizer:
                TokenizerTraining.Run(tokenizer);
                progress?.Report(new Written("result", recipe.Output));
                break;
            case ExpertsRecipe experts:
                ExpertsRun.Run(experts, progress, cancel, ranks);
                break;
            case GradientRecipe gradient:
                Train(gradient, progress, cancel, ranks);
                break;
            default:
                throw new NotSupportedException($"no run for {recipe.GetType().Name}");
        }

        ranks.Meet();
        cancel.ThrowIfCancellationRequested();
    }

    static void Train(GradientRecipe recipe, IProgress<TrainingEvent>? progress, CancellationToken cancel, TrainingRanks ranks)
    {
        ranks.Check(recipe);
        recipe = recipe with { Device = ranks.DeviceOf(recipe.Device) };
        ranks.Connect(Device.Parse(recipe.Device));
        if (recipe.Threads is { } threads) LibTorch.NumThreads = threads;
        recipe.Precision.Require(Device.Parse(recipe.Device));
        // A cache of latents is filled once.
        using var trainee = ranks.InTurn(() => Build(recipe, progress, cancel, ranks.Share));
        using var reporter = ranks.IsFirst ? new TrainingReporter(recipe, progress) : null;
        var store = new CheckpointStore(Path.Combine(recipe.Output, "checkpoints"), recipe.Checkpoint.Keep);
        using var trainer = new Trainer(recipe, trainee, store, reporter, ranks);
        trainer.Run(cancel);
        reporter?.Plot();
        // Any process that is interrupted stops all.
        if (trainer.Step < recipe.Steps) throw new OperationCanceledException("training was stopped");
    }

    static ITrainee Build(GradientRecipe recipe, IProgress<TrainingEvent>? progress, CancellationToken cancel, BatchShare share) => recipe switch
    {
        AutoencoderRecipe autoencoder => BuildAutoencoder(autoencoder, progress, cancel, share),
        LayoutRecipe layout => new LayoutTrainee(layout),
        TransformerRecipe transformer => new TransformerTrainee(transformer, TransformerAssembly.Build(transformer, progress, cancel, share)),
        _ => throw new NotSupportedException($"no trainee for {recipe.GetType().Name}"),
    };

    static AutoencoderTrainee BuildAutoencoder(
        AutoencoderRecipe recipe, IProgress<TrainingEvent>? progress, CancellationToken cancel, BatchShare share)
    {
        var images = ImageSources.Open(recipe.Data, progress, share.Rank == 0 ? Path.Combine(recipe.Output, "data.json") : null, cancel);
        var model = ModelLoading.Autoencoder(recipe.Model, recipe.From, Device.Parse(recipe.Device), recipe.Seed);
        return new(recipe, model, images, share);
    }
}
