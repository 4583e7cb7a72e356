using System.CommandLine;

namespace PixArt.Cli.Generation;

/// <summary>What can be said to `pixart generate`. Nothing has a default here: what is not said comes from a picture, else from the model.</summary>
internal sealed class GenerateOptions
{
    public Argument<string[]> Prompts { get; } = new("prompt") { Description = "What the picture shows; several make several pictures.", Arity = ArgumentArity.ZeroOrMore };

    public Option<string?> PromptFile { get; } = new("--prompts") { Description = "A file with one prompt on each line; - reads standard input.", HelpName = "file" };

    public Option<string?> Negative { get; } = new("--negative", "-n") { Description = "What the picture shall not show.", HelpName = "prompt" };

    public Option<int?> Steps { get; } = new("--steps") { Description = "Denoising steps; what the model recommends when not given (mostly 20). dpm-solver-adaptive takes none." };

    public Option<double?> Guidance { get; } = new("--guidance", "-g") { Description = "How strongly the prompt counts; off at 1 and below; what the model recommends when not given (mostly 4.5)." };

    public GuidanceFlags MoreGuidance { get; } = new();

    public Option<ulong?> Seed { get; } = new("--seed", "-s") { Description = "Seed of the first picture; the others count up from it. Random when not given." };

    public VariationFlags Variations { get; } = new();

    public PictureFlags Pictures { get; } = new();

    public Option<int?> Width { get; } = new("--width") { Description = "Pixels; the size that the model was trained for when not given." };

    public Option<int?> Height { get; } = new("--height") { Description = "Pixels." };

    public Option<string?> Size { get; } = new("--size") { Description = "Both at once: 512 or 512x768.", HelpName = "WxH" };

    public Option<int?> Count { get; } = new("--count", "-c") { Description = "Pictures of each prompt (1)." };

    public Option<int?> Batch { get; } = new("--batch") { Description = "Pictures in work at once (1)." };

    public Option<string?> Scheduler { get; } = new("--scheduler") { Description = $"Sampler: {string.Join(", ", Diffusion.Samplers.Names)}; the model's own when not given.", HelpName = "name" };

    public Option<double?> Eta { get; } = new("--eta") { Description = "Noise weight of DDIM, 0 to 1." };

    public Option<int?> MaxTokens { get; } = new("--max-tokens") { Description = "Text tokens; the model's own limit when not given." };

    public Option<string?> Captions { get; } = new("--captions") { Description = "What is done to prompts first: clean, lower_case or raw; as the model says when not given.", HelpName = "way" };

    public Option<bool?> Binning { get; } = new("--binning") { Description = "Make the nearest size the model was trained for, then resize and crop (where it has such sizes).", HelpName = "true|false" };

    public Option<string?> Output { get; } = new("--output", "-o") { Description = $"File, folder/ or pattern with {{prompt}}, {{seed}}, {{index}} ({Cli.Output.OutputPattern.Default}).", HelpName = "path" };

    public Option<string?> Model { get; } = new("--model", "-m") { Description = $"Model folder, the name of one under models/ ({ModelLookup.Default}), or a hub id: owner/name or owner/name@revision.", HelpName = "folder|id" };

    public Option<string?> Variant { get; } = new("--variant") { Description = "Prefer weight files of a variant, for example fp16.", HelpName = "name" };

    public Option<string?> Transformer { get; } = new("--transformer") { Description = "A transformer in place of the model's own.", HelpName = "folder|id" };

    public Option<string?> Expert { get; } = new("--expert") { Description = "Second model of a two-stage pair: it takes the timesteps below --split.", HelpName = "folder|id" };

    public Option<int?> Split { get; } = new("--split") { Description = "First timestep of the first model (400)." };

    public Option<string[]> Adapter { get; } = new("--adapter")
    {
        Description = "Adapter (LoRA, DoRA, LoHa, LoKr) file, folder (also that of a training of experts) or hub id (owner/name, owner/name:file, owner/name@revision:file); =0.8 sets its weight (1), @NAME the expert it is for (all). Can be repeated; 'none' drops those of --from.",
        HelpName = "file[@expert][=weight]",
    };

    /// <summary>Following the edges of a picture; the command adds these itself.</summary>
    public ControlFlags Control { get; } = new();

    public Option<string?> Decoder { get; } = new("--decoder")
    {
        Description = "Consistency decoder (DALL-E 3's, openai/consistency-decoder) in place of the autoencoder's own; for α.",
        HelpName = "folder|id",
    };

    public Option<string?> DType { get; } = new("--dtype") { Description = "float32, float16 or bfloat16.", HelpName = "type" };

    public Option<string?> Device { get; } = new("--device") { Description = "cpu (default), cuda or cuda:N.", HelpName = "device" };

    public Option<bool> Tiling { get; } = new("--tiling") { Description = "Decode large pictures in tiles: less memory." };

    public MemoryFlags Memory { get; } = new();

    public Option<string?> From { get; } = new("--from") { Description = "Repeat the picture of this PNG; other options change it.", HelpName = "picture.png" };

    /// <summary>The command with everything in the order of the help.</summary>
    public Command Command() => Grouped(new("generate", "Make pictures from prompts.")
    {
        Prompts, PromptFile, Negative, Steps, Guidance, Seed, Size, Width, Height, Count, Output, From, Model, Variant, Transformer, Expert, Split, Adapter,
        Scheduler, Eta, Captions, Binning, MaxTokens, Batch, Decoder, DType, Device, Tiling,
    });

    Command Grouped(Command command)
    {
        foreach (var option in Variations.All.Concat(Memory.All).Concat(Pictures.All).Concat(MoreGuidance.All)) command.Add(option);
        return command;
    }
}
