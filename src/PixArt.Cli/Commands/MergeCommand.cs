using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Conversion;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart merge a b -o output</c>: one model between two.</summary>
internal static class MergeCommand
{
    public static Command Create(Terminal terminal)
    {
        var first = new Argument<string>("first") { Description = "A weights file or a component's folder, in any layout, or a transformer on the hub (owner/name, owner/name:file)." };
        var second = new Argument<string>("second") { Description = "Another of the same shape." };
        var output = new Option<string>("--output", "-o") { Description = "A file, or a folder that is not there yet, as for pixart convert.", HelpName = "path", Required = true };
        var ratio = new Option<double>("--ratio") { Description = "Share of the second, from 0 to 1 (0.5).", DefaultValueFactory = _ => 0.5 };
        var settings = new ConversionSettings();
        var command = new Command("merge", "Blend two transformers tensor by tensor: (1 - ratio) first + ratio second.") { first, second, output, ratio };
        settings.AddTo(command);
        command.SetAction(async (line, cancellation) =>
        {
            var (to, given) = (line.GetRequiredValue(output), settings.Read(line));
            Task<string> PlaceAsync(Argument<string> model) => ModelLookup.PlaceAsync(terminal, line.GetRequiredValue(model), "transformer", cancellation);
            WeightsMerge.Merge(await PlaceAsync(first).ConfigureAwait(false), await PlaceAsync(second).ConfigureAwait(false), to, line.GetValue(ratio), given, cancellation);
            await terminal.Out.WriteLineAsync(to).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }
}
