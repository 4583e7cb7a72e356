using System.Security.Cryptography;
using System.Text;
using PixArt.Imaging;

namespace PixArt.Training.Data;

/// <summary>A folder of images, each with a text file of the same name that holds its caption. Images are cropped to a
/// square about their centre and resized.</summary>
public sealed class FolderImages : IImageData
{
    static readonly HashSet<string> s_endings = new(StringComparer.OrdinalIgnoreCase) { ".png", ".jpg", ".jpeg", ".webp" };
    readonly string[] _files;
    readonly int _size;

    /// <summary>Lists the folder, its subfolders included.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="size">Side of the images in pixels.</param>
    /// <exception cref="PixArtException">There is no such folder, or no image in it.</exception>
    public FolderImages(string folder, int size)
    {
        if (!Directory.Exists(folder)) throw new InvalidSettingException("data.folder", folder, "a folder of images");
        _size = size;
        _files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => s_endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];
        if (_files.Length == 0) throw new InvalidSettingException("data.folder", folder, "a folder with png, jpg or webp images");
        var listing = string.Join('\n', _files.Select(file => $"{Path.GetRelativePath(folder, file)} {new FileInfo(file).Length}"));
        Fingerprint = $"folder:{size}:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(listing)));
    }

    /// <inheritdoc/>
    public long Count => _files.Length;

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public Image Get(long index, long visit = 0)
    {
        var image = Image.Load(_files[index]).ToRgb();
        var side = Math.Min(image.Width, image.Height);
        return image.CenterCrop(side, side).Resize(_size, _size);
    }

    /// <inheritdoc/>
    public PictureShape Shape(long index) => PictureShape.Whole(_size, _size);

    /// <inheritdoc/>
    public string Caption(long index, long visit)
    {
        var path = Path.ChangeExtension(_files[index], ".txt");
        return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
