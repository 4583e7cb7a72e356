using System.CommandLine;
using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Text;

namespace PixArt.Cli.Generation;

/// <summary>A command line with everything decided: what is said counts most, then the picture that is repeated, then the defaults.</summary>
/// <param name="Model">The model as the user names it.</param>
/// <param name="Load">How it is loaded.</param>
/// <param name="Requests">What is made, one after the other; seeds are chosen.</param>
/// <param name="Output">The output as the user names it.</param>
internal sealed record GenerateSettings(string Model, PipelineOptions Load, IReadOnlyList<GenerationRequest> Requests, string? Output)
{
    /// <summary>The memory to plan for; null: no plan.</summary>
    public MemoryAllowance? Memory { get; init; }

    /// <summary>Where a sheet of all pictures goes; null: none is wanted.</summary>
    public string? Grid { get; init; }

    /// <summary>Where previews go; null: none are wanted.</summary>
    public string? Preview { get; init; }

    /// <summary>Prompt and seed of each picture, in the order of making.</summary>
    public IReadOnlyList<(string Prompt, ulong Seed)> Pictures =>
    [
        .. Requests.SelectMany(request => Enumerable.Range(0, request.Prompts.Count * request.PicturesPerPrompt).Select(i => (
            request.Prompts[i / request.PicturesPerPrompt],
            request.Seeds is { } seeds ? seeds[i % seeds.Count] : unchecked(request.Seed!.Value + (ulong)i)))),
    ];

    /// <exception cref="PixArtException">A value is out of range, or a file that is named cannot be read.</exception>
    public static GenerateSettings Of(GenerateOptions options, ParseResult line)
    {
        var from = line.GetValue(options.From) is { } picture ? SettingsOf(picture) : null;
        var size = line.GetValue(options.Size) is { } text ? SettingTexts.Size(text) : ((int, int)?)null;
        var shaped = options.Pictures.SayShape(line) ? null : from;
        string[] given = line.GetValue(options.Prompts) ?? [];
        var file = line.GetValue(options.PromptFile);
        var request = new GenerationRequest
        {
            Prompts = given.Length == 0 && file is null && from is not null ? [from.Prompt] : PromptList.Read(given, file),
            NegativePrompt = line.GetValue(options.Negative) ?? from?.NegativePrompt ?? "",
            Steps = line.GetValue(options.Steps) ?? (line.GetValue(options.Scheduler) is { } named && Diffusion.Samplers.ChoosesSteps(named) ? null : from?.Steps),
            GuidanceScale = line.GetValue(options.Guidance) ?? from?.GuidanceScale,
            Seed = SeedOf(options, line, from),
            Width = line.GetValue(options.Width) ?? size?.Item1 ?? shaped?.Width,
            Height = line.GetValue(options.Height) ?? size?.Item2 ?? shaped?.Height,
            Count = line.GetValue(options.Count) ?? 1,
            BatchSize = line.GetValue(options.Batch) ?? 1,
            Scheduler = line.GetValue(options.Scheduler) ?? from?.Scheduler,
            Eta = line.GetValue(options.Eta) ?? from?.Eta,
            CaptionPreparation = line.GetValue(options.Captions) is { } captions ? SettingTexts.Captions(captions) : from?.CaptionPreparation,
            ResolutionBinning = line.GetValue(options.Binning) ?? from?.ResolutionBinning,
            Control = options.Control.Condition(line, from),
            MaxSequenceLength = line.GetValue(options.MaxTokens) ?? from?.MaxSequenceLength,
        };
        var requests = options.Variations.Apply(options.MoreGuidance.Apply(options.Pictures.Apply(request, line, from), line, from), line, from);
        var dtype = line.GetValue(options.DType) ?? from?.DType;
        var load = new PipelineOptions
        {
            Device = SettingTexts.Device(line.GetValue(options.Device) ?? from?.Device ?? "cpu"),
            DType = dtype is null ? null : SettingTexts.DType(dtype),
            Variant = line.GetValue(options.Variant),
            TransformerFolder = line.GetValue(options.Transformer) ?? from?.Transformer,
            ExpertFolder = line.GetValue(options.Expert) ?? from?.Expert,
            Split = line.GetValue(options.Split) ?? from?.Split,
            Adapters = AdapterTexts.Read(line.GetValue(options.Adapter)) ?? from?.Adapters ?? [],
            ControlModel = options.Control.Model(line) ?? from?.ControlModel,
            HedModel = options.Control.HedModel(line) ?? from?.HedModel,
            Decoder = line.GetValue(options.Decoder) ?? from?.Decoder,
            PreviewDecoder = options.Variations.PreviewDecoder(line),
            TiledDecoding = line.GetValue(options.Tiling),
            PromptCacheFolder = options.Memory.PromptCacheFolder(line),
        };
        foreach (var each in requests) each.Validate();
        return new(line.GetValue(options.Model) ?? from?.Model ?? ModelLookup.Default, load, requests, line.GetValue(options.Output))
        {
            Memory = options.Memory.Allowance(line, load.Device),
            Grid = options.Variations.Grid(line),
            Preview = options.Variations.Preview(line),
        };
    }

    static ulong? SeedOf(GenerateOptions options, ParseResult line, GenerationSettings? from)
    {
        if (options.Variations.Seeds(line) is not { } list) return line.GetValue(options.Seed) ?? from?.Seed ?? (ulong)Random.Shared.NextInt64(1L << 32);
        if (line.GetValue(options.Seed) is not null || line.GetValue(options.Count) is not null)
            throw new InvalidSettingException("--seeds", list, "neither --seed nor --count beside it");
        return null;
    }

    static GenerationSettings SettingsOf(string picture)
    {
        if (!PngMetadata.Read(picture).TryGetValue(GenerationSettings.Keyword, out var json))
            throw new InvalidSettingException("--from", picture, "a PNG that pixart generate made, with its settings inside");
        return GenerationSettings.FromJson(json, picture);
    }
}
