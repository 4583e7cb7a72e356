using PixArt.Training.Data.Scenes;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data;

/// <summary>Opens the data that a recipe names.</summary>
static class ImageSources
{
    const string EmojiFolder = "artifacts/data/fluent-emoji-3d";

    public static IImageData Open(DataRecipe recipe) => recipe.Kind == DataKind.Folder
        ? new FolderImages(recipe.Folder!, recipe.Size)
        : new SceneImages(new SceneComposer(EmojiAtlas.Load(recipe.Folder ?? EmojiFolder)), recipe);

    /// <summary>For captions alone; scenes need no pictures then.</summary>
    public static IImageData OpenCaptions(DataRecipe recipe) =>
        recipe.Kind == DataKind.Folder ? Open(recipe) : new SceneImages(null, recipe);
}
