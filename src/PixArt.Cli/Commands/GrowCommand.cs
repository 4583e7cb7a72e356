using System.CommandLine;
using System.Globalization;
using PixArt.Cli.Generation;
using PixArt.Models;
using PixArt.Pipelines;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart grow</c>: a model with more blocks, to be trained on.</summary>
internal static class GrowCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("model") { Description = "A model folder, the folder of one transformer, or a hub id.", HelpName = "folder|id" };
        var output = new Option<string>("--output", "-o") { Description = "The folder to make; it must not be there yet.", HelpName = "folder", Required = true };
        var layers = new Option<int?>("--layers") { Description = "Blocks of the result (half as many again: 28 become 42)." };
        var method = new Option<string>("--method")
        {
            Description = "overlap (SOLAR: first blocks, then last ones; pictures are spoiled until it is trained on) or identity (copies that add nothing until they are trained) (overlap).",
            HelpName = "name",
            DefaultValueFactory = _ => "overlap",
        };
        var command = new Command("grow", "Write a model whose transformers have more blocks, made of those that they have, to be trained on.") { model, output, layers, method };
        command.SetAction(async (line, cancellation) =>
        {
            var way = line.GetRequiredValue(method) switch
            {
                "overlap" => DepthMethod.Overlap,
                "identity" => DepthMethod.Identity,
                var other => throw new InvalidSettingException("method", other, "overlap or identity"),
            };
            var folder = await ModelLookup.FolderAsync(terminal, "model", line.GetRequiredValue(model), component: null, cancellation).ConfigureAwait(false);
            foreach (var grown in ModelGrowth.Write(folder, line.GetRequiredValue(output), line.GetValue(layers), way, cancellation))
            {
                await terminal.Error.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{grown.Name}: {grown.BlocksBefore} -> {grown.BlocksAfter} blocks, {grown.Parameters:N0} parameters")).ConfigureAwait(false);
            }

            await terminal.Out.WriteLineAsync(line.GetRequiredValue(output)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }
}
