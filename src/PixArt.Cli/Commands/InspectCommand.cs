using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Cli.Inspection;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart inspect path</c>: what a picture, a weights file or a model folder is.</summary>
internal static class InspectCommand
{
    public static Command Create(Terminal terminal)
    {
        var paths = new Argument<string[]>("path")
        {
            Description = "A picture (its settings), a weights file, a component's folder, a model folder or a hub id (owner/name, owner/name:file).",
            Arity = ArgumentArity.OneOrMore,
        };
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor with type and shape." };
        var section = new Option<string?>("--section") { Description = "The part of a PyTorch checkpoint to look at, as state_dict_ema.", HelpName = "name" };
        var command = new Command("inspect", "Tell what a picture, a weights file or a model folder holds.") { paths, tensors, section };
        command.SetAction(async (line, cancellation) =>
        {
            string[] given = line.GetRequiredValue(paths);
            foreach (var path in given)
            {
                var place = await ModelLookup.PlaceAsync(terminal, path, component: null, cancellation).ConfigureAwait(false);
                if (given.Length > 1) await terminal.Out.WriteLineAsync($"{path}:").ConfigureAwait(false);
                foreach (var text in Inspector.Describe(place, line.GetValue(tensors), line.GetValue(section))) await terminal.Out.WriteLineAsync(text).ConfigureAwait(false);
            }
            return ExitCode.Success;
        });
        return command;
    }
}
