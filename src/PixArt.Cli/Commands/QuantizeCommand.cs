using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Cli.Inspection;
using PixArt.Pipelines;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart quantize</c>: a model whose linear layers are 8-bit integers.</summary>
internal static class QuantizeCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("model") { Description = "A model folder, or the folder of one text encoder or transformer.", HelpName = "folder|id" };
        var output = new Option<string>("--output", "-o") { Description = "The folder to make; it must not be there yet.", HelpName = "folder", Required = true };
        var only = new Option<string[]>("--only") { Description = "Quantise this component alone (text_encoder, transformer); repeat it for several.", HelpName = "component" };
        var command = new Command("quantize", "Write a model with the linear layers of its text encoder and transformers as 8-bit integers: half the memory of bfloat16.") { model, output, only };
        command.SetAction(async (line, cancellation) =>
        {
            var folder = await ModelLookup.FolderAsync(terminal, "model", line.GetRequiredValue(model), component: null, cancellation).ConfigureAwait(false);
            string[]? components = line.GetValue(only) is { Length: > 0 } some ? some : null;
            foreach (var made in ModelQuantization.Write(folder, line.GetRequiredValue(output), components, cancellation))
                await terminal.Error.WriteLineAsync($"{made.Name}: {WeightsSummary.Size(made.BytesBefore)} -> {WeightsSummary.Size(made.BytesAfter)}").ConfigureAwait(false);
            await terminal.Out.WriteLineAsync(line.GetRequiredValue(output)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }
}
