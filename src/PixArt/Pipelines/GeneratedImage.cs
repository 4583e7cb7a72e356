using PixArt.Imaging;

namespace PixArt.Pipelines;

/// <summary>A picture and how it was made.</summary>
/// <param name="Image">8-bit RGB.</param>
/// <param name="Settings">What makes it again.</param>
public sealed record GeneratedImage(Image Image, GenerationSettings Settings)
{
    /// <summary>The texts that travel inside the file, by PNG keyword.</summary>
    public IReadOnlyDictionary<string, string> Metadata => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [GenerationSettings.ParametersKeyword] = Settings.ToParametersText(),
        [GenerationSettings.Keyword] = Settings.ToJson(),
    };

    /// <summary>Writes the picture with its settings inside, whole or not at all.</summary>
    /// <param name="path">A .png, .jpg, .jpeg or .webp file; its folder is made when missing.</param>
    /// <exception cref="PixArtException">The extension is another, or writing failed.</exception>
    public void Save(string path) => Image.Save(path, metadata: Metadata);
}
