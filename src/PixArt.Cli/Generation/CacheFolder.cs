namespace PixArt.Cli.Generation;

/// <summary>Where the program keeps what it can make again: <c>pixart/</c> in the user's cache folder (XDG_CACHE_HOME, else ~/.cache).</summary>
internal static class CacheFolder
{
    /// <param name="name">A folder in it.</param>
    public static string Of(string name) => Path.Combine(Root(), "pixart", name);

    static string Root()
    {
        // A relative path there does not count, says the convention.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set && Path.IsPathRooted(set)) return set;
        return OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
    }
}
