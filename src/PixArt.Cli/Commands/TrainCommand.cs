using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Cli.Ranks;
using PixArt.Cli.Rendering;
using PixArt.Training;
using PixArt.Training.Ranks;
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
            TrainingRecipe Read() => RecipeReader.Load(parsed.GetRequiredValue(recipe), parsed.GetValue(set));
            if (!parsed.GetValue(print)) return RunAsync(terminal, Read, cancel);
            terminal.Out.Write(RecipeReader.Print(Read()));
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    // Training owns its thread: the shell's stays free for Ctrl-C.
    static Task<int> RunAsync(Terminal terminal, Func<TrainingRecipe> read, CancellationToken cancel) => Task.Factory.StartNew(
        () =>
        {
            if (RankedTraining.Place() is { } place)
                return RankedTraining.Run(terminal, place, (ranks, stop) => Train(terminal, read(), stop, ranks), cancel);
            Train(terminal, read(), cancel, TrainingRanks.Alone);
            return ExitCode.Success;
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    static void Train(Terminal terminal, TrainingRecipe recipe, CancellationToken cancel, TrainingRanks ranks)
    {
        // What a hub has is fetched once.
        ranks.InTurn(() => RecipeModels.LocateAsync(terminal, recipe, cancel).GetAwaiter().GetResult());
        var line = new TrainingLine(terminal, TimeProvider.System);
        try
        {
            TrainingRun.Run(recipe, line, cancel, ranks);
        }
        finally
        {
            line.End();
        }
    }
}
