using PixArt.Training.Data.Pictures;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Data;

/// <summary>Opens the data that a recipe names.</summary>
static class ImageSources
{
    const string EmojiFolder = "artifacts/data/fluent-emoji-3d";

    /// <summary>Opens the data.</summary>
    /// <param name="recipe">Which.</param>
    /// <param name="progress">Is told what was found, and later of pictures that turn out to be broken, from any thread.</param>
    /// <param name="report">A JSON file that receives all that was found; null: none.</param>
    /// <param name="cancel">Stops the counting.</param>
    public static IImageData Open(
        DataRecipe recipe, IProgress<TrainingEvent>? progress = null, string? report = null, CancellationToken cancel = default)
    {
        if (recipe.Kind == DataKind.Scenes) return new SceneImages(new SceneComposer(EmojiAtlas.Load(recipe.Folder ?? EmojiFolder)), recipe);
        var pictures = new PictureData(recipe, line => progress?.Report(new Notice(line)), cancel);
        foreach (var line in pictures.Report.Lines()) progress?.Report(new Notice(line));
        if (report is not null) AtomicFile.WriteText(report, pictures.Report.ToJson());
        return pictures;
    }

    /// <summary>For captions alone; scenes need no pictures then.</summary>
    public static IImageData OpenCaptions(DataRecipe recipe) =>
        recipe.Kind == DataKind.Scenes ? new SceneImages(null, recipe) : Open(recipe);
}
