namespace PixArt.Hub;

/// <summary>Adds up the progress of files that are downloaded side by side.</summary>
sealed class HubTally(IProgress<HubProgress>? progress)
{
    readonly Lock _lock = new();
    HubProgress _now = new(0, 0, 0, 0);

    /// <summary>Files that are needed besides those planned before.</summary>
    public void Plan(int files, long bytes) => Change(now => now with { TotalFiles = now.TotalFiles + files, TotalBytes = now.TotalBytes + bytes });

    /// <summary>Bytes that are on disk now, or (below 0) that have to come again.</summary>
    public void Add(long bytes) => Change(now => now with { Bytes = now.Bytes + bytes, Waiting = null });

    /// <summary>A file is complete.</summary>
    public void Finish() => Change(now => now with { Files = now.Files + 1, Waiting = null });

    /// <summary>Nothing arrives, for the reason given.</summary>
    public void Wait(string reason) => Change(now => now with { Waiting = reason });

    void Change(Func<HubProgress, HubProgress> change)
    {
        lock (_lock)
        {
            _now = change(_now);
            progress?.Report(_now);
        }
    }
}
