using System.Globalization;
using Xunit;

namespace PixArt.TestKit;

/// <summary>A file system of its own with very little room. Tests that ask for one are skipped where it cannot be mounted: that needs root.</summary>
public sealed class SmallDisk : IDisposable
{
    const string Filler = "filler";
    readonly TemporaryFolder _place = new();
    bool _mounted;

    /// <param name="bytes">Its size.</param>
    public SmallDisk(long bytes)
    {
        _mounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={bytes}"), "pixart-test", _place.Path);
        if (_mounted) return;
        _place.Dispose();
        Assert.Skip("mounting a small file system needs root");
    }

    /// <summary>Path of a file on it.</summary>
    public string this[string name] => _place[name];

    /// <summary>Takes all of its room but some.</summary>
    /// <param name="free">Bytes that are left.</param>
    public void Fill(long free)
    {
        using var file = File.Create(_place[Filler]);
        var block = new byte[4096];
        for (var left = new DriveInfo(_place.Path).AvailableFreeSpace - free; left > 0; left -= block.Length) file.Write(block);
    }

    /// <summary>Gives the room back.</summary>
    public void MakeRoom() => File.Delete(_place[Filler]);

    public void Dispose()
    {
        if (_mounted) _mounted = !Run("umount", _place.Path);
        if (!_mounted) _place.Dispose();
    }

    static bool Run(string command, params string[] arguments) => Tool.Run(command, arguments).Code == 0;
}
