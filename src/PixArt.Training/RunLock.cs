namespace PixArt.Training;

/// <summary>Keeps a second process from training into the same folder. The lock goes with the process, however it ends.</summary>
static class RunLock
{
    /// <summary>Makes the folder and takes its lock.</summary>
    /// <exception cref="PixArtException">Another process holds it, or the folder cannot be written to.</exception>
    public static IDisposable Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(
                Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot train into '{folder}' (does another process?): {e.Message}", e);
        }
    }
}
