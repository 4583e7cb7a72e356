namespace PixArt.Hub;

/// <summary>What is left on a disk.</summary>
static class DiskSpace
{
    // ENOSPC and EDQUOT of Linux, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    static readonly int[] s_full = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Free bytes of the disk that holds a folder, which need not be there yet; null when nobody knows.</summary>
    public static long? Free(string folder)
    {
        try
        {
            var there = folder;
            while (!Directory.Exists(there))
            {
                if (Path.GetDirectoryName(there) is not { Length: > 0 } above) return null;
                there = above;
            }

            return new DriveInfo(there).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether a write failed because the disk (or a quota) is full.</summary>
    public static bool IsFull(IOException error) => s_full.Contains(error.HResult);
}
