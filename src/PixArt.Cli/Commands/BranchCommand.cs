using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Training;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart branch</c>: experts from one parent, each for its own timesteps.</summary>
internal static class BranchCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("model") { Description = "A model folder or a hub id.", HelpName = "folder|id" };
        var output = new Option<string>("--output", "-o") { Description = "The model folder to make; it must not be there yet.", HelpName = "folder", Required = true };
        var split = new Option<int[]>("--split")
        {
            Description = "Border between two experts: the noisier one owns the timesteps from it on. Repeat it for more than two.",
            HelpName = "timestep",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("branch", "Branch experts from one model, each for its own timesteps, to be trained by a recipe of kind experts.") { model, output, split };
        command.SetAction(async (line, cancellation) =>
        {
            var folder = await ModelLookup.FolderAsync(terminal, "model", line.GetRequiredValue(model), component: null, cancellation).ConfigureAwait(false);
            foreach (var (name, place) in ModelBranching.Write(folder, line.GetRequiredValue(output), line.GetRequiredValue(split), cancellation))
                await terminal.Error.WriteLineAsync($"{name}: {place}").ConfigureAwait(false);
            await terminal.Out.WriteLineAsync(line.GetRequiredValue(output)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }
}
