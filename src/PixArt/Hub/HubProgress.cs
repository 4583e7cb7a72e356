namespace PixArt.Hub;

/// <summary>How far a download has come.</summary>
/// <param name="Bytes">Bytes that have arrived, 0 to <paramref name="TotalBytes"/>; those of interrupted downloads count.</param>
/// <param name="TotalBytes">Bytes of all files that are known to be missing on disk; grows when an index names shards.</param>
/// <param name="Files">Files that are complete now.</param>
/// <param name="TotalFiles">All files that are known to have been missing.</param>
public sealed record HubProgress(long Bytes, long TotalBytes, int Files, int TotalFiles)
{
    /// <summary>What is being waited for, such as the hub's rate limit or another process; null while bytes arrive.</summary>
    public string? Waiting { get; init; }
}
