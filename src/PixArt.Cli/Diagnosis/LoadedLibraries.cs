namespace PixArt.Cli.Diagnosis;

/// <summary>The shared libraries that this process has loaded, as the kernel lists them.</summary>
internal static class LoadedLibraries
{
    const string Maps = "/proc/self/maps";

    /// <summary>The path of the first library whose file name begins so; null when there is none, or no such list here.</summary>
    public static string? Find(params string[] beginnings)
    {
        if (!File.Exists(Maps)) return null;
        foreach (var line in File.ReadLines(Maps))
        {
            var slash = line.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0) continue;
            var path = line[slash..];
            var name = Path.GetFileName(path);
            if (beginnings.Any(b => name.StartsWith(b, StringComparison.Ordinal))) return path;
        }
        return null;
    }
}
