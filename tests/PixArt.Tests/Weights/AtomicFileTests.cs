using PixArt.Weights;

namespace PixArt.Tests.Weights;

public sealed class AtomicFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Commit_gives_the_name_and_leaves_no_temporary()
    {
        AtomicFile.WriteText(_folder["sub/a.txt"], "new");
        Assert.Equal("new", File.ReadAllText(_folder["sub/a.txt"]));
        Assert.Equal([_folder["sub/a.txt"]], Directory.GetFileSystemEntries(_folder["sub"]));
    }

    [Fact]
    public void Before_commit_the_old_file_is_whole_and_the_new_one_lies_beside()
    {
        File.WriteAllText(_folder["a.txt"], "old");
        using (var file = new AtomicFile(_folder["a.txt"]))
        {
            file.Stream.Write("half"u8);
            file.Stream.Flush();
            Assert.Equal("old", File.ReadAllText(_folder["a.txt"]));
            var beside = Assert.Single(Directory.GetFiles(_folder.Path), p => Path.GetFileName(p).StartsWith('.'));
            Assert.StartsWith($".a.txt.tmp-{Environment.ProcessId}-", Path.GetFileName(beside), StringComparison.Ordinal);
        }

        Assert.Equal([_folder["a.txt"]], Directory.GetFiles(_folder.Path));
        Assert.Equal("old", File.ReadAllText(_folder["a.txt"]));
    }

    [Fact]
    public void Failure_while_writing_passes_on_and_leaves_the_old_file()
    {
        File.WriteAllText(_folder["a.txt"], "old");
        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(_folder["a.txt"], s =>
        {
            s.WriteByte(1);
            throw new InvalidDataException("no");
        }));
        Assert.Equal([_folder["a.txt"]], Directory.GetFiles(_folder.Path));
        Assert.Equal("old", File.ReadAllText(_folder["a.txt"]));
    }

    [Theory]
    [InlineData("file/below.bin")]
    [InlineData("folder")]
    public void Unusable_name_is_one_line_that_names_it(string name)
    {
        File.WriteAllText(_folder["file"], "");
        Directory.CreateDirectory(_folder["folder"]);
        var error = Assert.Throws<PixArtException>(() => AtomicFile.WriteText(_folder[name], "x"));
        Assert.Contains(_folder[name], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void Disk_error_while_writing_is_told_and_nothing_is_left()
    {
        var error = Assert.Throws<PixArtException>(() =>
            AtomicFile.Write(_folder["a.bin"], _ => throw new IOException("No space left on device")));
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_full_disk_is_told_and_the_old_file_stays()
    {
        using var disk = new SmallDisk(1 << 20);
        AtomicFile.WriteText(disk["a.txt"], "old");
        disk.Fill(free: 4096);
        foreach (var write in new Action[] { () => AtomicFile.Write(disk["a.txt"], new byte[1 << 18]), () => AtomicFile.Write(disk["a.txt"], s => s.Write(new byte[1 << 18])) })
        {
            var error = Assert.Throws<PixArtException>(write);
            Assert.StartsWith($"cannot write '{disk["a.txt"]}': No space left on device", error.Message, StringComparison.Ordinal);
            Assert.Equal("old", File.ReadAllText(disk["a.txt"]));
        }

        Assert.DoesNotContain(Directory.GetFiles(Path.GetDirectoryName(disk["a.txt"])!), f => f.Contains(".tmp-", StringComparison.Ordinal));
    }
}
