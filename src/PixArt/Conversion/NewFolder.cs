namespace PixArt.Conversion;

/// <summary>A folder that appears whole or not at all: it is filled beside its name, then renamed.</summary>
static class NewFolder
{
    /// <param name="path">The folder; nothing may be there yet.</param>
    /// <param name="fill">Writes into the folder that it is given.</param>
    /// <exception cref="InvalidSettingException">Something is there already.</exception>
    /// <exception cref="PixArtException">The folder cannot be made.</exception>
    public static void Write(string path, Action<string> fill)
    {
        if (Path.Exists(path)) throw new InvalidSettingException("output", path, "a folder that is not there yet");
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var work = $"{target}.{Guid.NewGuid():n}.tmp";
        try
        {
            Directory.CreateDirectory(work);
            fill(work);
            Directory.Move(work, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot write '{path}': {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }
}
