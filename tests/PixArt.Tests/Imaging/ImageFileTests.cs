using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

public sealed class ImageFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pixart-images-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a.png")]
    [InlineData("new/folder/b.WEBP")]
    [InlineData("c.jpg")]
    [InlineData("d.jpeg")]
    public void Save_picks_the_format_by_extension_and_leaves_nothing_beside(string name)
    {
        var path = Path.Combine(_folder, name);
        var image = Pictures.Gradient(24, 24, 3);
        image.Save(path);
        image.Save(path, quality: 90);
        Assert.InRange(Pictures.LargestDifference(image, Image.Load(path)), 0, 40);
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Save_with_another_extension_is_refused_and_writes_nothing()
    {
        var path = Path.Combine(_folder, "a.bmp");
        var error = Assert.Throws<PixArtException>(() => Pictures.Gradient(4, 4, 3).Save(path));
        Assert.Contains(".png, .jpg, .jpeg or .webp", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Save_where_nothing_can_be_written_names_the_path()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");
        var path = Path.Combine(_folder, "file", "a.png");
        Assert.Contains(path, Assert.Throws<PixArtException>(() => Pictures.Gradient(4, 4, 3).Save(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_under_a_name_that_no_file_can_have_is_told()
    {
        var path = Path.Combine(_folder, "a\0b.png");
        var error = Assert.Throws<PixArtException>(() => Pictures.Gradient(4, 4, 3).Save(path));
        Assert.StartsWith($"'{path}' is no usable file name: ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Save_over_a_folder_is_an_error_and_leaves_nothing_beside()
    {
        var path = Path.Combine(_folder, "a.png");
        Directory.CreateDirectory(path);
        Assert.Throws<PixArtException>(() => Pictures.Gradient(4, 4, 3).Save(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Load_of_a_missing_file_names_it()
    {
        var path = Path.Combine(_folder, "none.png");
        Assert.Equal($"{path}: no such file", Assert.Throws<PixArtException>(() => Image.Load(path)).Message);
        Assert.StartsWith($"{_folder}: cannot be read: ", Assert.Throws<PixArtException>(() => Image.Load(_folder)).Message, StringComparison.Ordinal);
        Assert.StartsWith(": cannot be read: ", Assert.Throws<PixArtException>(() => Image.Load("")).Message, StringComparison.Ordinal);
    }
}
