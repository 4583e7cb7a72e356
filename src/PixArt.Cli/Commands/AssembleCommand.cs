using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Pipelines;
using PixArt.Training;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart assemble</c>: trained components become one model folder.</summary>
internal static class AssembleCommand
{
    public static Command Create(Terminal terminal)
    {
        var transformers = new Option<string[]>("--transformer")
        {
            Description = "A trained transformer's folder (with training.json); repeat it for experts that share the timesteps.",
            HelpName = "folder",
            Required = true,
        };
        var adapters = new Option<string[]>("--adapter")
        {
            Description = "A trained adapter's folder (with training.json): the expert of its timesteps on the transformer. Can be repeated.",
            HelpName = "folder",
        };
        var text = Folder("--text-encoder", "The text encoder's folder, or a hub id whose text encoder is meant.");
        var tokenizer = Folder("--tokenizer", "The tokenizer's folder, or a hub id.");
        var autoencoder = Folder("--vae", "The autoencoder's folder, or a hub id.");
        var output = new Option<string>("--output", "-o") { Description = "The model folder to make; it must not be there yet.", HelpName = "folder", Required = true };
        var dtype = new Option<string?>("--dtype") { Description = "Number format of the weights: float32, float16 or bfloat16; as they are when not given.", HelpName = "type" };
        var scheduler = new Option<string>("--scheduler") { Description = "The sampler (dpm++).", HelpName = "name", DefaultValueFactory = _ => "dpm++" };
        var steps = new Option<int?>("--steps") { Description = "Denoising steps to recommend." };
        var guidance = new Option<double?>("--guidance") { Description = "Guidance scale to recommend." };
        var tokens = new Option<int?>("--max-tokens") { Description = "Text tokens (120)." };
        var captions = new Option<string>("--captions") { Description = "What was done to captions in training: clean, lower_case or raw (clean).", HelpName = "way", DefaultValueFactory = _ => "clean" };
        var command = new Command("assemble", "Put trained components together as a model folder.")
        {
            transformers, adapters, text, tokenizer, autoencoder, output, dtype, scheduler, steps, guidance, tokens, captions,
        };
        command.SetAction(async (line, cancellation) =>
        {
            Task<string> PlaceAsync(Option<string> option, string component) =>
                ModelLookup.FolderAsync(terminal, option.Name, line.GetRequiredValue(option), component, cancellation);

            var type = line.GetValue(dtype);
            ModelAssembly.Write(
                new ModelParts
                {
                    Transformers = line.GetRequiredValue(transformers),
                    Adapters = line.GetValue(adapters) ?? [],
                    TextEncoder = await PlaceAsync(text, "text_encoder").ConfigureAwait(false),
                    Tokenizer = await PlaceAsync(tokenizer, "tokenizer").ConfigureAwait(false),
                    Autoencoder = await PlaceAsync(autoencoder, "vae").ConfigureAwait(false),
                    DType = type is null ? null : SettingTexts.DType(type),
                    Scheduler = line.GetRequiredValue(scheduler),
                    Steps = line.GetValue(steps),
                    GuidanceScale = line.GetValue(guidance),
                    MaxSequenceLength = line.GetValue(tokens),
                    Captions = SettingTexts.Captions(line.GetRequiredValue(captions)),
                    Kind = PipelineKind.Alpha,
                },
                line.GetRequiredValue(output));
            await terminal.Out.WriteLineAsync(line.GetRequiredValue(output)).ConfigureAwait(false);
            return ExitCode.Success;
        });
        return command;
    }

    static Option<string> Folder(string name, string description) => new(name) { Description = description, HelpName = "folder", Required = true };
}
