using System.Security.Cryptography;
using PixArt.Imaging;

namespace PixArt.Pipelines;

/// <summary>A picture that a request brings along.</summary>
/// <param name="Image">The picture; alpha is laid on white.</param>
public sealed record InputPicture(Image Image)
{
    /// <summary>The file it came from, as it was named; kept in the settings of what is made from it.</summary>
    public string? Path { get; init; }

    /// <summary>SHA-256 of that file, 64 hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Reads a PNG, JPEG or WebP file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PixArtException">The file is missing, damaged, too large or of another format.</exception>
    public static InputPicture Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var bytes = ImageFile.Read(path, ImageLimits.Default);
        return new(Image.Decode(bytes, name: path)) { Path = path, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
    }
}
