using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace PixArt.Training.Tests;

/// <summary>Runs the tests, as the entry point does that the test framework would make; or the recipe of a test that kills it.</summary>
static class Program
{
    static async Task<int> Main(string[] args)
    {
        if (RecipeProcess.IsThis) return RecipeProcess.Run();
        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }
}
