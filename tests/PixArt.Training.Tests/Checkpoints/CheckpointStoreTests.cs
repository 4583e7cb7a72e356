using System.Text;
using PixArt.Training.Checkpoints;

namespace PixArt.Training.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    [Fact]
    public void Latest_AfterSaves_IsTheNewestWithItsFiles()
    {
        var store = new CheckpointStore(_folder.Path, 3);
        Save(store, 5);
        Save(store, 12);
        var latest = store.Latest();
        Assert.Equal(12, latest!.Step);
        Assert.Equal("step 12 a", File.ReadAllText(Path.Combine(latest.Folder, "a")));
        Assert.EndsWith("step-0000012", latest.Folder);
    }

    [Fact]
    public void Save_MoreThanAreKept_RemovesTheOldest()
    {
        var store = new CheckpointStore(_folder.Path, 2);
        foreach (var step in (long[])[1, 2, 3, 4]) Save(store, step);
        Assert.Equal(["step-0000003", "step-0000004"], Names());
    }

    [Fact]
    public void Save_SameStepAgain_ReplacesIt()
    {
        var store = new CheckpointStore(_folder.Path, 2);
        Save(store, 4);
        Save(store, 4);
        Assert.Equal(4, store.Latest()!.Step);
        Assert.Equal(["step-0000004"], Names());
    }

    [Fact]
    public void Save_FailsAnywhere_LeavesAnOlderGoodCheckpointAndTheNextSaveWorks()
    {
        var points = 0;
        for (var failAt = 1; ; failAt++)
        {
            using var folder = new TemporaryFolder();
            Save(new(folder.Path, 1), 7);
            var disk = new FaultyDisk(failAt);
            var error = Record.Exception(() => Save(new(folder.Path, 1, disk), 8));
            Assert.Equal(disk.HasFailed, error is PixArtException);

            var found = new CheckpointStore(folder.Path, 1).Latest();
            Assert.NotNull(found);
            Assert.Equal($"step {found.Step} b", File.ReadAllText(Path.Combine(found.Folder, "b")));
            Save(new(folder.Path, 1), 9);
            Assert.Equal(["step-0000009"], Names(folder.Path));
            if (!disk.HasFailed) break;
            points++;
        }

        // Two folders made, two files and the manifest opened and written, two flushes, a rename, the old one deleted.
        Assert.InRange(points, 12, 40);
    }

    [Fact]
    public void Save_ReplacingTheOnlyStep_FailsAnywhere_NeverLeavesNothing()
    {
        for (var failAt = 1; ; failAt++)
        {
            using var folder = new TemporaryFolder();
            Save(new(folder.Path, 1), 7);
            var disk = new FaultyDisk(failAt);
            _ = Record.Exception(() => Save(new(folder.Path, 1, disk), 7));
            Assert.NotNull(new CheckpointStore(folder.Path, 1).Latest());
            if (!disk.HasFailed) return;
        }
    }

    [Theory]
    [InlineData("changed byte")]
    [InlineData("truncated")]
    [InlineData("missing file")]
    [InlineData("no manifest")]
    [InlineData("manifest of garbage")]
    public void Latest_NewestIsDamaged_FallsBackAndSaysSo(string damage)
    {
        var store = new CheckpointStore(_folder.Path, 3);
        Save(store, 1);
        Save(store, 2);
        Damage(Path.Combine(_folder.Path, "step-0000002"), damage);
        var warnings = new List<string>();
        Assert.Equal(1, store.Latest(warnings.Add)!.Step);
        Assert.Contains("step-0000002", Assert.Single(warnings));
    }

    [Fact]
    public void Save_NewestCannotBeReadBack_DeletesNothing()
    {
        var store = new CheckpointStore(_folder.Path, 1);
        Save(store, 1);
        // A writer that lies about what it wrote is a disk that lost it.
        var disk = new ForgetfulDisk();
        Save(new(_folder.Path, 1, disk), 2);
        Assert.Equal(1, new CheckpointStore(_folder.Path, 1).Latest()!.Step);
    }

    [Fact]
    public void Latest_OfAFutureFormat_IsRefusedRatherThanPassedOver()
    {
        var store = new CheckpointStore(_folder.Path, 3);
        Save(store, 1);
        var path = Path.Combine(_folder.Path, "step-0000001", "manifest.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"formatVersion\": 1", "\"formatVersion\": 2", StringComparison.Ordinal));
        Assert.Contains("format version 2", Assert.Throws<PixArtException>(() => store.Latest()).Message);
    }

    [Fact]
    public void Latest_EmptyOrMissingFolder_IsNull() =>
        Assert.Null(new CheckpointStore(Path.Combine(_folder.Path, "nothing"), 1).Latest());

    [Fact]
    public void Constructor_KeepingNone_IsRefused() =>
        Assert.Equal("checkpoint.keep is 0, expected 1 or more", Assert.Throws<InvalidSettingException>(() => new CheckpointStore(_folder.Path, 0)).Message);

    public void Dispose() => _folder.Dispose();

    static void Save(CheckpointStore store, long step) => store.Save(step, new Dictionary<string, Action<Stream>>(StringComparer.Ordinal)
    {
        ["a"] = stream => stream.Write(Encoding.UTF8.GetBytes($"step {step} a")),
        ["b"] = stream => stream.Write(Encoding.UTF8.GetBytes($"step {step} b")),
    });

    string[] Names() => Names(_folder.Path);

    static string[] Names(string folder) =>
        [.. Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    static void Damage(string folder, string damage)
    {
        var file = Path.Combine(folder, "a");
        switch (damage)
        {
            case "changed byte":
                File.WriteAllText(file, "stEp 2 a");
                break;
            case "truncated":
                File.WriteAllText(file, "step");
                break;
            case "missing file":
                File.Delete(file);
                break;
            case "no manifest":
                File.Delete(Path.Combine(folder, "manifest.json"));
                break;
            default:
                File.WriteAllText(Path.Combine(folder, "manifest.json"), "{ nonsense");
                break;
        }
    }

    sealed class ForgetfulDisk : ICheckpointDisk
    {
        public void CreateFolder(string path) => PhysicalDisk.Instance.CreateFolder(path);

        public void FlushFolder(string path) => PhysicalDisk.Instance.FlushFolder(path);

        public void Rename(string from, string to)
        {
            File.WriteAllText(Path.Combine(from, "a"), "");
            PhysicalDisk.Instance.Rename(from, to);
        }

        public void DeleteFolder(string path) => PhysicalDisk.Instance.DeleteFolder(path);

        public void Write(string path, Action<Stream> write) => PhysicalDisk.Instance.Write(path, write);
    }
}
