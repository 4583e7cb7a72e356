using PixArt.Imaging;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data;

/// <summary>Composed scenes as training data. Each visit of a sample gives another phrasing of its caption.</summary>
/// <param name="composer">Draws the scenes; null when only captions are asked for.</param>
/// <param name="recipe">Which scenes.</param>
public sealed class SceneImages(SceneComposer? composer, DataRecipe recipe) : IImageData
{
    readonly SceneDataset _scenes = new(composer, recipe.Scenes, recipe.Seed, recipe.Split);

    /// <inheritdoc/>
    public long Count => recipe.Count ?? long.MaxValue;

    /// <inheritdoc/>
    public string Fingerprint => _scenes.Fingerprint;

    /// <inheritdoc/>
    public Image Get(long index, long visit = 0)
    {
        var pixels = GC.AllocateUninitializedArray<byte>(SceneComposer.PictureBytes);
        _scenes.Draw(index, pixels);
        return new Image(Scene.Side, Scene.Side, 3, pixels);
    }

    /// <inheritdoc/>
    public PictureShape Shape(long index) => PictureShape.Whole(Scene.Side, Scene.Side);

    /// <inheritdoc/>
    public string Caption(long index, long visit) => _scenes.CaptionAt(index, visit);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
