using PixArt.Imaging;

namespace PixArt.Training.Data.Scenes;

/// <summary>Scenes as training images.</summary>
/// <param name="scenes">The scenes.</param>
/// <param name="count">How many of them, at least 1; endless where null.</param>
public sealed class SceneImages(SceneDataset scenes, long? count = null) : IImageData
{
    /// <inheritdoc/>
    public long Count { get; } = count is null or >= 1 ? count ?? long.MaxValue : throw new InvalidSettingException(nameof(count), count, "at least 1");

    /// <inheritdoc/>
    public string Fingerprint => scenes.Fingerprint;

    /// <inheritdoc/>
    public Image Get(long index) => scenes[index].Image;

    /// <inheritdoc/>
    public string Caption(long index, long visit) => scenes.CaptionAt(index, visit);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Scenes hold nothing that must be given back.
    }
}
