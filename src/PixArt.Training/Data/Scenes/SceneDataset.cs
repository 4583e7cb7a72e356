using System.Globalization;
using PixArt.Imaging;

namespace PixArt.Training.Data.Scenes;

/// <summary>
/// An endless list of captioned scenes: each a pure function of (distribution, split, seed, index), so nothing is stored, workers
/// share nothing and a resumed run sees the same scenes. Thread-safe.
/// </summary>
/// <param name="composer">Draws the scenes; null where only captions and scenes are asked for.</param>
/// <param name="distribution">Which scenes how often.</param>
/// <param name="seed">Names the list.</param>
/// <param name="split">Which combinations are allowed.</param>
/// <exception cref="InvalidSettingException">A share of the distribution lies outside its range.</exception>
public sealed class SceneDataset(
    SceneComposer? composer, SceneDistribution distribution, ulong seed, SceneSplit split = SceneSplit.Training)
{
    private const int Revision = 1; // Rises when the same seed and index give another picture.
    private readonly SceneSampler _sampler = new(distribution, seed, split);

    private SceneComposer Composer =>
        composer ?? throw new InvalidOperationException("this list of scenes was opened for its captions only");

    /// <summary>The sample of that index; indices may be any number.</summary>
    public SceneSample this[long index]
    {
        get
        {
            var scene = _sampler[index];
            var pixels = GC.AllocateUninitializedArray<byte>(SceneComposer.PictureBytes);
            Composer.Compose(scene, pixels);
            return new SceneSample(new Image(Scene.Side, Scene.Side, 3, pixels), CaptionOf(scene, index), scene);
        }
    }

    /// <summary>The scene of that index, not drawn.</summary>
    public Scene SceneAt(long index) => _sampler[index];

    /// <summary>A caption of that index alone, for tokenizers and cached pictures: nothing is drawn.</summary>
    /// <param name="index">Which sample.</param>
    /// <param name="visit">Which of its captions: each visit is phrased anew; 0 is the sample's own.</param>
    public string CaptionAt(long index, long visit = 0) => CaptionOf(_sampler[index], index, visit);

    /// <summary>Names the content: lists that differ in any scene have different names.</summary>
    public string Fingerprint { get; } = string.Create(
        CultureInfo.InvariantCulture, $"scenes {Revision} {SceneVocabulary.Objects.Length} {SceneVocabulary.Settings.Length} {split} {seed} {distribution}");

    /// <summary>Draws the picture of that index into a batch.</summary>
    /// <param name="index">Which sample.</param>
    /// <param name="rgb">Receives <see cref="SceneComposer.PictureBytes"/> bytes.</param>
    /// <returns>Its scene.</returns>
    public Scene Draw(long index, Span<byte> rgb)
    {
        var scene = _sampler[index];
        Composer.Compose(scene, rgb);
        return scene;
    }

    private string CaptionOf(Scene scene, long index, long visit = 0) =>
        CaptionWriter.Write(scene, visit == 0 ? seed : SceneRandom.Mix(seed ^ (ulong)visit), index);
}
