using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Text;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>What a model folder says before any weights are read.</summary>
sealed record PipelineFolder
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>What pictures say they were made with: the folder, or a hub id with its commit.</summary>
    public required string Name { get; init; }

    /// <summary>Where parts are that do not lie under their own names in the folder.</summary>
    public required PartPlaces Places { get; init; }

    /// <summary>α or Σ.</summary>
    public required PipelineKind Kind { get; init; }

    /// <summary>The transformer's shape.</summary>
    public required PixArtTransformerConfig Transformer { get; init; }

    /// <summary>The text encoder's shape.</summary>
    public required T5EncoderConfig TextEncoder { get; init; }

    /// <summary>The autoencoder's shape.</summary>
    public required AutoencoderKLConfig Autoencoder { get; init; }

    /// <summary>The sampler and its training process.</summary>
    public required SchedulerConfig Scheduler { get; init; }

    /// <summary>Who owns which timesteps, where there is more than one transformer.</summary>
    public ExpertManifest? Experts { get; init; }

    /// <summary>Text tokens, end token included.</summary>
    public required int MaxSequenceLength { get; init; }

    /// <summary>Steps where a request leaves them open (<c>num_inference_steps</c> of the index).</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Guidance scale where a request leaves it open (<c>guidance_scale</c> of the index).</summary>
    public double GuidanceScale { get; init; } = 4.5;

    /// <summary>What is done to prompts before they are tokenized.</summary>
    public CaptionPreparation Captions { get; init; }

    /// <summary>Reads the index and every configuration.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="name">What pictures say they were made with; null: the folder.</param>
    /// <param name="downloaded">Folders of the models that are named by hub ids.</param>
    /// <param name="own">A transformer in place of the folder's own.</param>
    /// <exception cref="WeightsException">A file is missing or not valid JSON.</exception>
    /// <exception cref="InvalidSettingException">A configuration is out of range, or one does not fit another.</exception>
    public static PipelineFolder Read(string path, string? name = null, IReadOnlyDictionary<PartName, string>? downloaded = null, string? own = null)
    {
        var folder = ModelFolder.Open(path);
        var kind = folder.ClassName?.Contains("Sigma", StringComparison.Ordinal) == true ? PipelineKind.Sigma : PipelineKind.Alpha;
        var manifest = System.IO.Path.Combine(path, ExpertManifest.FileName);
        var experts = File.Exists(manifest) ? ExpertManifest.Read(manifest) : null;
        var places = new PartPlaces(path, experts, downloaded, own);
        ComponentFolder Part(string part) => places.Find(part) is { } place ? new ComponentFolder(place) : folder.Component(part);
        var transformer = experts?.Experts.FirstOrDefault(expert => expert.Kind is "full")?.Weights ?? "transformer";
        var read = new PipelineFolder
        {
            Path = path,
            Name = name ?? path,
            Places = places,
            Kind = kind,
            Transformer = Part(transformer).Config().As(PixArtTransformerConfig.Read),
            TextEncoder = T5EncoderConfig.Of(Part("text_encoder")),
            Autoencoder = Part("vae").Config().As(AutoencoderKLConfig.Read),
            Scheduler = ReadScheduler(folder),
            Experts = experts,
            Captions = folder.Index.TextOrNull("caption_preparation") is { } captions
                ? CaptionPreparations.Parse($"{path}: caption_preparation", captions) : CaptionPreparation.Clean,
            Steps = folder.Index.Int("num_inference_steps", 20),
            GuidanceScale = folder.Index.Number("guidance_scale", 4.5),
            MaxSequenceLength = folder.Index.IntOrNull("max_sequence_length") ?? (kind == PipelineKind.Sigma ? 300 : 120),
        };
        return read.Checked();
    }

    /// <summary>The folder of a component.</summary>
    /// <exception cref="WeightsException">There is none.</exception>
    public ComponentFolder Component(string name) => new(Places.Find(name) ?? System.IO.Path.Combine(Path, name));

    /// <summary>The folder of another model, or of its component, that is named by its folder or its hub id.</summary>
    public string PlaceOf(PartName part) => Places.Find(part) ?? part.Name;

    /// <summary>The scheduler of a model folder; the defaults where it has none.</summary>
    internal static SchedulerConfig ReadScheduler(ModelFolder folder) => folder.Has("scheduler")
        ? SchedulerConfig.Parse(JsonObject.Create(folder.Component("scheduler").Config().Root)!)
        : new SchedulerConfig();

    PipelineFolder Checked()
    {
        var (channels, latents) = (Transformer.InChannels, Autoencoder.LatentChannels);
        if (channels != latents)
            throw new InvalidSettingException($"{Path}: in_channels of the transformer", channels, $"latent_channels of the vae, {latents}");
        var (captions, width) = (Transformer.CaptionChannels ?? Transformer.CrossAttentionDim, TextEncoder.DModel);
        if (captions != width)
            throw new InvalidSettingException($"{Path}: caption_channels of the transformer", captions, $"d_model of the text encoder, {width}");
        return this;
    }
}
