using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Conversion;
using PixArt.Torch;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart convert input output</c>: between files and folders, layouts and number formats.</summary>
internal static class ConvertCommand
{
    public static Command Create(Terminal terminal)
    {
        var input = new Argument<string>("input") { Description = "A weights file (.pth, .pt, .bin, .ckpt, .safetensors, .gguf), a component's folder, a model folder, or one of these on the hub (owner/name, owner/name:file)." };
        var output = new Argument<string>("output") { Description = "A .pth, .pt, .bin, .ckpt or .safetensors file, or a folder that is not there yet (diffusers' layout)." };
        var section = new Option<string?>("--section") { Description = "The part of a PyTorch checkpoint, as state_dict_ema (state_dict).", HelpName = "name" };
        var other = new Option<string?>("--base") { Description = "A model folder that gives everything but the input: the output is a whole model.", HelpName = "folder|id" };
        var average = new Option<string?>("--ema") { Description = "The moving average of the input, a file or folder: a PyTorch file holds both, as state_dict and state_dict_ema.", HelpName = "path" };
        var parent = new Option<string?>("--difference-to") { Description = "A transformer: writes the input's difference to it, an expert of kind delta, as a .safetensors file.", HelpName = "path|id" };
        var settings = new ConversionSettings();
        var command = new Command("convert", "Convert weights between the original layout and diffusers', between files and folders, and to another number format.") { input, output, section, other, average, parent };
        settings.AddTo(command);
        command.SetAction(async (line, cancellation) =>
        {
            var to = line.GetRequiredValue(output);
            var given = settings.Read(line) with { Section = line.GetValue(section), Average = line.GetValue(average) };
            if (line.GetValue(parent) is { } original)
            {
                await WriteDifferenceAsync(terminal, line.GetRequiredValue(input), original, to, given with { Base = line.GetValue(other) }, cancellation).ConfigureAwait(false);
                return ExitCode.Success;
            }

            var from = await ModelLookup.PlaceAsync(terminal, line.GetRequiredValue(input), component: null, cancellation).ConfigureAwait(false);
            if (line.GetValue(other) is { } whole)
                given = given with { Base = await ModelLookup.PlaceAsync(terminal, whole, component: null, cancellation).ConfigureAwait(false) };
            var identity = WeightsConversion.Convert(from, to, given, cancellation);
            foreach (var fact in identity.Facts) await terminal.Error.WriteLineAsync(fact).ConfigureAwait(false);
            await terminal.Out.WriteLineAsync(to).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    static async Task WriteDifferenceAsync(Terminal terminal, string input, string original, string output, ConversionOptions given, CancellationToken cancellation)
    {
        if (given with { DType = null, Variant = null } != new ConversionOptions())
            throw new InvalidSettingException("--difference-to", original, "no other option with it than --dtype and --variant");
        Task<string> PlaceAsync(string model) => ModelLookup.PlaceAsync(terminal, model, "transformer", cancellation);
        var (differing, all) = WeightsDifference.Write(
            await PlaceAsync(input).ConfigureAwait(false), await PlaceAsync(original).ConfigureAwait(false), output, given.DType ?? ScalarType.Float32, given.Variant, cancellation);
        await terminal.Error.WriteLineAsync($"{differing} of {all} tensors differ").ConfigureAwait(false);
        await terminal.Out.WriteLineAsync(output).ConfigureAwait(false);
    }
}
