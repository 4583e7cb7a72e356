using System.CommandLine;
using System.Globalization;
using PixArt.Cli.Generation;
using PixArt.Cli.Rendering;
using PixArt.Training;
using PixArt.Training.Recipes;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart extract recipe.json</c>: computes latents and text features before training.</summary>
internal static class ExtractCommand
{
    public static Command Create(Terminal terminal)
    {
        var recipe = new Argument<string>("recipe")
        {
            Description = "A recipe of kind features, which writes the PixArt repositories' .npy and .npz files, or a transformer's recipe, whose latents.cache is filled.",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "Overrides a field: --set batchSize=16. Can be repeated.",
            HelpName = "field=value",
        };
        var rank = Number("--rank", "Number of this process among those that share the work, from 0 (environment: RANK).");
        var world = Number("--world", "How many share it (environment: WORLD_SIZE).");
        var print = new Option<bool>("--print") { Description = "Show the recipe with every field and stop." };
        var command = new Command("extract", "Compute latents and text features before training; files that are there are left as they are.")
        {
            recipe, set, rank, world, print,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var read = RecipeReader.Load(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
            if (parsed.GetValue(print))
            {
                terminal.Out.Write(RecipeReader.Print(read));
                return ExitCode.Success;
            }

            var (mine, all) = (parsed.GetValue(rank) ?? Given("RANK", 0), parsed.GetValue(world) ?? Given("WORLD_SIZE", 1));
            await RecipeModels.LocateAsync(terminal, read, cancel).ConfigureAwait(false);
            var line = new TrainingLine(terminal, TimeProvider.System);
            // The work owns its thread: the shell's stays free for Ctrl-C.
            await Task.Factory.StartNew(
                () => FeatureExtraction.Run(read, mine, all, line, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
            line.End();
            return ExitCode.Success;
        });
        return command;
    }

    static Option<int?> Number(string name, string description) => new(name) { Description = description, HelpName = "n" };

    static int Given(string variable, int otherwise) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
        ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new InvalidSettingException(variable, text, "a whole number")
        : otherwise;
}
