using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Data.Pictures;
using PixArt.Training.Features;
using PixArt.Training.Features.Repository;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Computes features before training, a teacher's pictures among them. Several processes can share the work; each goes on where it stopped, however it
/// stopped.</summary>
public static class FeatureExtraction
{
    /// <summary>Computes what a recipe of kind <c>features</c> says, or the latents that the cache of a transformer's recipe
    /// lacks.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="rank">Number of this process, 0 up to <paramref name="world"/>.</param>
    /// <param name="world">Processes that share the work, 1 or more; all of them with the same recipe.</param>
    /// <param name="progress">Is told what happens; one event at a time, from any thread.</param>
    /// <param name="cancel">Stops between batches; what was computed stays.</param>
    /// <exception cref="PixArtException">The recipe cannot be done, or features made with other settings are in the way.</exception>
    public static void Run(
        TrainingRecipe recipe, int rank = 0, int world = 1, IProgress<TrainingEvent>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        if (world < 1) throw new InvalidSettingException(nameof(world), world, "1 or more");
        if (rank < 0 || rank >= world) throw new InvalidSettingException(nameof(rank), rank, $"0 to {world - 1}");
        recipe.Validate();
        if (progress is not null) progress = new SerialProgress(progress);
        switch (recipe)
        {
            case FeatureRecipe features:
                Files(features, rank, world, progress, cancel);
                break;
            case TransformerRecipe { Latents.Cache: not null, Features: null } transformer:
                Cache(transformer, rank, world, progress, cancel);
                break;
            default:
                throw new InvalidSettingException("kind", RecipeReader.KindOf(recipe), "a recipe of kind features, or a transformer's with 'latents.cache'");
        }

        progress?.Report(new Written("features", recipe is TransformerRecipe cached ? cached.Latents.Cache! : recipe.Output));
    }

    static void Files(FeatureRecipe recipe, int rank, int world, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        if (recipe.Threads is { } threads) LibTorch.NumThreads = threads;
        var device = Device.Parse(recipe.Device);
        recipe.Precision.Require(device);
        var paths = new FeaturePaths(recipe.Layout, recipe.Output, recipe.Resolution);
        Captions(recipe, paths, device, rank, world, progress, cancel);
        if (recipe.Autoencoder is null) return;
        using var pictures = new PictureData(recipe.SizedData, line => progress?.Report(new Notice(line)), cancel);
        foreach (var line in pictures.Report.Lines()) progress?.Report(new Notice(line));
        using var autoencoder = ModelLoading.Autoencoder(null, recipe.Autoencoder, device, seed: 0);
        new LatentExtraction(recipe, pictures, paths, autoencoder).Run(rank, world, progress, cancel);
        if (recipe.Hed is null) return;
        using var hed = ControlAssembly.Hed(recipe.Hed, device);
        new LatentExtraction(recipe, pictures, paths, autoencoder, hed).Run(rank, world, progress, cancel);
    }

    // What needs no pictures: features of the captions, then a teacher's latents of them. One model at a time.
    static void Captions(
        FeatureRecipe recipe, FeaturePaths paths, Device device, int rank, int world, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        if (recipe.TextEncoder is null && recipe.Teacher is null) return;
        using var set = PictureSets.Open(recipe.Data.PictureSets[0]);
        if (recipe.TextEncoder is { } folder)
        {
            using var tokenizer = new CaptionTokenizer(SentencePieceTokenizer.Load(recipe.Tokenizer!), recipe.MaxTokens ?? paths.Tokens);
            using var encoder = ModelLoading.TextEncoder(null, folder, device, seed: 0);
            new TextExtraction(recipe, set, paths, tokenizer, encoder).Run(rank, world, progress, cancel);
        }

        if (recipe.Teacher is not null) new PairExtraction(recipe, set, paths).Run(rank, world, progress, cancel);
    }

    static void Cache(TransformerRecipe recipe, int rank, int world, IProgress<TrainingEvent>? progress, CancellationToken cancel)
    {
        if (recipe.Threads is { } threads) LibTorch.NumThreads = threads;
        using var images = ImageSources.Open(recipe.Data, progress, report: null, cancel);
        using var autoencoder = ModelLoading.Autoencoder(null, recipe.Latents.Autoencoder, Device.Parse(recipe.Device), recipe.Seed);
        LatentAssembly.Fill(recipe, images, autoencoder, rank, world, progress, cancel);
    }
}
