using PixArt.Imaging;

namespace PixArt.Training.Tests.Data.Pictures;

/// <summary>A folder of small pictures for tests.</summary>
sealed class PictureFolder : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public string Path => _folder.Path;

    public string this[string name] => _folder[name];

    /// <summary>A picture of one colour, with a left half that is darker so that mirroring shows.</summary>
    public static Image Picture(int width, int height, byte grey = 200)
    {
        var image = Image.Filled(width, height, new(grey, grey, grey));
        for (var y = 0; y < height; y++) image.Pixels.AsSpan(y * width * 3, width / 2 * 3).Fill((byte)(grey / 2));
        return image;
    }

    public PictureFolder Add(string name, int width = 40, int height = 40, string? caption = null, byte grey = 200)
    {
        Picture(width, height, grey).Save(_folder[name]);
        if (caption is not null) File.WriteAllText(System.IO.Path.ChangeExtension(_folder[name], ".txt"), caption + "\n");
        return this;
    }

    /// <summary>A JPEG whose header is whole and whose pixels are cut off.</summary>
    public PictureFolder AddCut(string name, int width = 400, int height = 400)
    {
        var bytes = Picture(width, height).Encode(ImageFormat.Jpeg);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_folder[name])!);
        File.WriteAllBytes(_folder[name], bytes[..(bytes.Length * 3 / 4)]);
        return this;
    }

    public PictureFolder Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text);
        return this;
    }

    public void Dispose() => _folder.Dispose();
}
