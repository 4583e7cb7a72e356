using PixArt.Imaging;
using PixArt.Training.Data;

namespace PixArt.Training.Tests.Data;

public sealed class FolderImagesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    [Fact]
    public void Get_AnyShape_IsASquareOfTheSizeInOrderOfNames()
    {
        Image.Filled(40, 20, new(200, 0, 0)).Save(_folder["b.png"]);
        Directory.CreateDirectory(_folder["a"]);
        Image.Filled(10, 30, new(0, 200, 0)).Save(Path.Combine(_folder["a"], "c.png"));
        File.WriteAllText(_folder["b.txt"], "  a red square\n");
        File.WriteAllText(_folder["notes.md"], "not an image");
        using var images = new FolderImages(_folder.Path, 16);

        Assert.Equal(2, images.Count);
        Assert.All([images.Get(0), images.Get(1)], image => Assert.Equal((16, 16, 3), (image.Width, image.Height, image.Channels)));
        Assert.Equal(200, images.Get(0).Pixels[1]);
        Assert.Equal(200, images.Get(1).Pixels[0]);
        Assert.Equal("", images.Caption(0, 0));
        Assert.Equal("a red square", images.Caption(1, 5));
    }

    [Fact]
    public void Fingerprint_OtherFilesOrSize_Differs()
    {
        Image.Filled(8, 8, new(1, 2, 3)).Save(_folder["b.png"]);
        using var before = new FolderImages(_folder.Path, 16);
        using var same = new FolderImages(_folder.Path, 16);
        using var larger = new FolderImages(_folder.Path, 32);
        Image.Filled(8, 8, new(1, 2, 3)).Save(_folder["c.png"]);
        using var more = new FolderImages(_folder.Path, 16);
        Assert.Equal(before.Fingerprint, same.Fingerprint);
        Assert.Equal(3, new[] { before.Fingerprint, larger.Fingerprint, more.Fingerprint }.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Constructor_NoImages_NamesTheFolder() =>
        Assert.Contains(_folder.Path, Assert.Throws<InvalidSettingException>(() => new FolderImages(_folder.Path, 16)).Message);

    public void Dispose() => _folder.Dispose();
}
