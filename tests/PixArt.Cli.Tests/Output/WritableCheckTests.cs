using PixArt.Cli.Output;

namespace PixArt.Cli.Tests.Output;

public sealed class WritableCheckTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_cannot_be_written_is_told_and_nothing_is_left()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.Equal($"cannot write {_folder.Path}: it is a folder, expected a file name", Message(_folder.Path));
        Assert.Equal($"cannot write {_folder["file/a/b.png"]}: {_folder["file"]} is a file, expected a folder", Message(_folder["file/a/b.png"]));
        Assert.StartsWith("cannot write /proc/self/b.png: /proc/self takes no new files (", Message("/proc/self/b.png"), StringComparison.Ordinal);
        WritableCheck.Throw(_folder["new/folder/a.png"]);
        Assert.Equal([_folder["file"]], Directory.GetFileSystemEntries(_folder.Path));

        static string Message(string path) => Assert.Throws<PixArtException>(() => WritableCheck.Throw(path)).Message;
    }
}
