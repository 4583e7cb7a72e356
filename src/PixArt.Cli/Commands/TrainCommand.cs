using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Cli.Rendering;
using PixArt.Training;
using PixArt.Training.Recipes;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart train recipe.json</c>: does what a recipe says, from where an earlier run stopped.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var recipe = new Argument<string>("recipe") { Description = "The recipe: JSON, comments allowed." };
        var set = new Option<string[]>("--set")
        {
            Description = "Overrides a field: --set optimizer.learningRate=2e-4. Can be repeated.",
            HelpName = "field=value",
        };
        var print = new Option<bool>("--print") { Description = "Show the recipe with every field and stop." };
        var command = new Command("train", "Train a tokenizer, an autoencoder or a transformer as a recipe says; goes on where an earlier run stopped.")
        {
            recipe, set, print,
        };
        command.SetAction((parsed, cancel) =>
        {
            var read = RecipeReader.Load(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
            if (!parsed.GetValue(print)) return RunAsync(terminal, read, cancel);
            terminal.Out.Write(RecipeReader.Print(read));
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    static async Task<int> RunAsync(Terminal terminal, TrainingRecipe recipe, CancellationToken cancel)
    {
        await RecipeModels.LocateAsync(terminal, recipe, cancel).ConfigureAwait(false);
        var line = new TrainingLine(terminal, TimeProvider.System);
        // Training owns its thread: the shell's stays free for Ctrl-C.
        await Task.Factory.StartNew(
            () => TrainingRun.Run(recipe, line, cancel), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .ConfigureAwait(false);
        line.End();
        return ExitCode.Success;
    }
}
