namespace PixArt.Cli.Output;

/// <summary>Finds out before the work whether its result can be written, and leaves nothing behind.</summary>
internal static class WritableCheck
{
    /// <exception cref="PixArtException">The path is a folder, lies below a file, or its folder takes no files.</exception>
    public static void Throw(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new PixArtException($"cannot write {path}: it is a folder, expected a file name");
        var folder = Path.GetDirectoryName(full) ?? full;
        while (!Directory.Exists(folder))
        {
            if (File.Exists(folder)) throw new PixArtException($"cannot write {path}: {folder} is a file, expected a folder");
            folder = Path.GetDirectoryName(folder) ?? throw new PixArtException($"cannot write {path}: there is no such folder");
        }
        try
        {
            var probe = Path.Combine(folder, $".pixart-{Guid.NewGuid():n}");
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot write {path}: {folder} takes no new files ({error.Message})", error);
        }
    }
}
