namespace PixArt.Imaging;

/// <summary>Recognises formats by their first bytes and by file extensions.</summary>
static class ImageFormats
{
    static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The format that the leading bytes announce; null when none of ours.</summary>
    public static ImageFormat? Sniff(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(PngSignature)) return ImageFormat.Png;
        if (bytes is [0xFF, 0xD8, 0xFF, ..]) return ImageFormat.Jpeg;
        if (bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBP"u8)) return ImageFormat.Webp;
        return null;
    }

    /// <summary>The format that a file extension asks for.</summary>
    /// <exception cref="PixArtException">The extension is none of .png, .jpg, .jpeg, .webp.</exception>
    public static ImageFormat FromPath(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => ImageFormat.Png,
        ".jpg" or ".jpeg" => ImageFormat.Jpeg,
        ".webp" => ImageFormat.Webp,
        var extension => throw new PixArtException(
            $"{path}: cannot write a '{extension}' picture, the extension must be .png, .jpg, .jpeg or .webp"),
    };
}
