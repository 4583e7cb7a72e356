using System.Text.Json;
using PixArt.Imaging;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data;

/// <summary>Composed scenes. Each visit of a sample gives another phrasing of its caption.</summary>
/// <param name="composer">Draws the scenes; null when only captions are asked for.</param>
/// <param name="recipe">Which scenes.</param>
public sealed class SceneImages(SceneComposer? composer, DataRecipe recipe) : IImageData
{
    readonly SceneSampler _sampler = new(recipe.Scenes, recipe.Seed);

    /// <inheritdoc/>
    public long Count => recipe.Count ?? long.MaxValue;

    /// <inheritdoc/>
    public string Fingerprint { get; } =
        $"scenes:{recipe.Seed}:{JsonSerializer.Serialize(recipe.Scenes, RecipeJson.Camel.GetTypeInfo(typeof(SceneDistribution))!)}"
        + $":{SceneVocabulary.Objects.Length}:{SceneVocabulary.Settings.Length}";

    /// <inheritdoc/>
    public Image Get(long index)
    {
        if (composer is null) throw new InvalidOperationException("this source was opened for its captions only");
        var pixels = GC.AllocateUninitializedArray<byte>(SceneComposer.PictureBytes);
        composer.Compose(_sampler[index], pixels);
        return new Image(Scene.Side, Scene.Side, 3, pixels);
    }

    /// <inheritdoc/>
    public string Caption(long index, long visit) =>
        CaptionWriter.Write(_sampler[index], new RandomKey(recipe.Seed, RandomPurpose.Caption, visit).Value, index);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
