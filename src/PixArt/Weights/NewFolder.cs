namespace PixArt.Weights;

/// <summary>A folder that appears whole or not at all: it is filled beside its name, then renamed.</summary>
static class NewFolder
{
    /// <param name="path">The folder; nothing may be there yet.</param>
    /// <param name="fill">Writes into the folder that it is given.</param>
    /// <returns>What <paramref name="fill"/> answered.</returns>
    /// <exception cref="InvalidSettingException">Something is there already.</exception>
    /// <exception cref="PixArtException">The folder cannot be made.</exception>
    public static T Write<T>(string path, Func<string, T> fill)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Path.Exists(path)) throw new InvalidSettingException("output", path, "a folder that is not there yet");
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var work = $"{target}.{Guid.NewGuid():n}.tmp";
        try
        {
            Directory.CreateDirectory(work);
            var made = fill(work);
            Directory.Move(work, target);
            return made;
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

    /// <inheritdoc cref="Write{T}"/>
    public static void Write(string path, Action<string> fill) => Write(path, work =>
    {
        fill(work);
        return work;
    });

    /// <summary>Copies a folder with everything below it.</summary>
    /// <param name="from">The folder.</param>
    /// <param name="to">Made where it is not there.</param>
    /// <param name="cancellation">Ends it between two files.</param>
    public static void Copy(string from, string to, CancellationToken cancellation)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            cancellation.ThrowIfCancellationRequested();
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var folder in Directory.GetDirectories(from)) Copy(folder, Path.Combine(to, Path.GetFileName(folder)), cancellation);
    }
}
