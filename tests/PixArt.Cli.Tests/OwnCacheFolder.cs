using System.Runtime.CompilerServices;

namespace PixArt.Cli.Tests;

/// <summary>Commands under test keep their caches in a folder of this run, not in the user's.</summary>
static class OwnCacheFolder
{
    [ModuleInitializer]
    internal static void Set()
    {
        var folder = Directory.CreateTempSubdirectory("pixart-test-cache-").FullName;
        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
