using System.Diagnostics;
using System.Globalization;
using PixArt.Torch.Distributed;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests;

/// <summary>A process of its own that does what a recipe says, to be killed without warning, or on a host of its own. It is this program without its test
/// runner, whose start takes longer than the recipes.</summary>
static class RecipeProcess
{
    const string Recipe = "PIXART_TEST_RECIPE";

    /// <summary>Whether this process is one.</summary>
    public static bool IsThis => Environment.GetEnvironmentVariable(Recipe) is not null;

    /// <summary>What it does: each step that is made is a line of its output.</summary>
    public static int Run()
    {
        var recipe = RecipeReader.Load(Environment.GetEnvironmentVariable(Recipe)!);
        if (recipe is FeatureRecipe features)
        {
            FeatureExtraction.Run(features);
            return 0;
        }

        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        using var ranks = RankEnvironment.OfProcess() is { } place ? TrainingRanks.Join(place, CancellationToken.None) : null;
        TrainingRun.Run(recipe, new Listener(made =>
        {
            if (made is StepMade step) output.WriteLine(step.Step.ToString(CultureInfo.InvariantCulture));
        }), ranks: ranks);
        return 0;
    }

    /// <summary>Starts one.</summary>
    /// <param name="recipe">What it does.</param>
    /// <param name="through">The command that starts it; null: nothing but itself.</param>
    /// <param name="variables">Of its environment, beside those of this process.</param>
    public static Process Start(TrainingRecipe recipe, IReadOnlyList<string>? through = null, Dictionary<string, string>? variables = null)
    {
        var path = recipe.Output + ".json";
        File.WriteAllText(path, RecipeReader.Print(recipe));
        string[] command = [.. through ?? [], Path.Combine(AppContext.BaseDirectory, "PixArt.Training.Tests")];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            Environment = { [Recipe] = path, ["OMP_NUM_THREADS"] = "1" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in variables ?? []) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Starts one and kills it as soon as it tells of a step.</summary>
    /// <returns>Whether it was killed; it was not if it came to its end before.</returns>
    public static bool KillAt(GradientRecipe recipe, long step)
    {
        using var child = Start(recipe);
        while (child.StandardOutput.ReadLine() is { } told)
        {
            if (long.Parse(told, CultureInfo.InvariantCulture) < step) continue;
            child.Kill();
            child.WaitForExit();
            return true;
        }

        child.WaitForExit();
        Assert.Equal(0, child.ExitCode);
        return false;
    }
}
