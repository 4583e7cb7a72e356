namespace PixArt.Hub;

/// <summary>Locks between processes, of this program and of Python's <c>filelock</c>: <c>flock</c> on a file that stays empty.</summary>
static class HubLock
{
    // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
    static readonly int[] s_taken = [11, 35, unchecked((int)0x80070020), unchecked((int)0x80070021)];
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits for a lock; disposing the result gives it back.</summary>
    /// <param name="path">The lock's file.</param>
    /// <param name="waits">Called once if somebody else has it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<FileStream> TakeAsync(string path, Action waits, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (var told = false; ; told = true)
        {
            if (TryTake(path) is { } taken) return taken;
            if (!told) waits();
            await Task.Delay(s_pause, cancellation).ConfigureAwait(false);
        }
    }

    static FileStream? TryTake(string path)
    {
        var mine = TryOpen(path, FileMode.OpenOrCreate);
        while (mine is not null)
        {
            // Some versions of filelock remove the file when they give the lock back. A lock on a file that no longer has its
            // name excludes nobody: while the name is ours, opening it a second time is refused.
            var other = TryOpen(path, FileMode.OpenOrCreate);
            if (other is null) return mine;
            mine.Dispose();
            mine = other;
        }

        return null;
    }

    // No sharing is flock(LOCK_EX | LOCK_NB) outside of Windows.
    static FileStream? TryOpen(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead;
        }

        try
        {
            return new FileStream(path, options);
        }
        catch (IOException e) when (s_taken.Contains(e.HResult))
        {
            return null;
        }
    }
}
