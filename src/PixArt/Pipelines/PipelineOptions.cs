using PixArt.Hub;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>How a pipeline is loaded.</summary>
public sealed record PipelineOptions
{
    /// <summary>Where it computes.</summary>
    public Device Device { get; init; } = Device.Cpu;

    /// <summary>The number format of transformer and text encoder; null: float32 on the CPU, on a GPU the format of the files.</summary>
    public ScalarType? DType { get; init; }

    /// <summary>The variant of weight files that is preferred, for example <c>fp16</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>A transformer in place of the model's own: a model folder (or its transformer folder, or a hub id). Releases that share
    /// text encoder and autoencoder publish transformers alone.</summary>
    public string? TransformerFolder { get; init; }

    /// <summary>
    /// A model folder (or its transformer folder, or a hub id) whose transformer takes the timesteps below <see cref="Split"/>, the
    /// detail stage of a two-stage pair; the pipeline's own takes the others.
    /// </summary>
    public string? ExpertFolder { get; init; }

    /// <summary>The first timestep of the pipeline's own transformer where there is an <see cref="ExpertFolder"/>, above 0 and below T; null: 400.</summary>
    public int? Split { get; init; }

    /// <summary>Adapters that are merged into the transformer, or into one of several experts, when it is loaded.</summary>
    public IReadOnlyList<AdapterChoice> Adapters { get; init; } = [];

    /// <summary>
    /// A consistency decoder (DALL-E 3's, <c>openai/consistency-decoder</c>) that makes the pictures in place of the autoencoder's own decoder: its
    /// folder or a hub id. For latents of Stable Diffusion's autoencoder, as PixArt-α has. It draws noise, from each picture's seed.
    /// </summary>
    public string? Decoder { get; init; }

    /// <summary>
    /// A folder or hub id of a tiny autoencoder (TAESD in diffusers' layout, for the model's kind of latents) that decodes previews: finer than the
    /// linear map that is used without one.
    /// </summary>
    public string? PreviewDecoder { get; init; }

    /// <summary>Which models are in memory side by side.</summary>
    public ModelResidency Residency { get; init; }

    /// <summary>
    /// A ControlNet that <see cref="GenerationRequest.Control"/> steers with: PixArt-δ's released weights file, or a component folder as
    /// diffusers' research code, SimpleTuner and training here write it; or a folder with such a <c>controlnet</c> component; or any of these on
    /// the hub (<see cref="HubPath"/>).
    /// </summary>
    public string? ControlModel { get; init; }

    /// <summary>The weights of the HED edge detector, <c>ControlNetHED.pth</c>, their folder or their place on the hub; null: they lie beside the control model.</summary>
    public string? HedModel { get; init; }

    /// <summary>
    /// Whether the text encoder's blocks stay in its files and are loaded one by one, each time that texts are encoded. Null: where the whole
    /// would take more than a gigabyte.
    /// </summary>
    public bool? StreamTextEncoder { get; init; }

    /// <summary>
    /// Whether the transformers' matrices stay in the number format of their files where that is smaller, and are expanded while they are
    /// used: less memory, slower. Matrices of 8-bit integers always stay so.
    /// </summary>
    public bool KeepStoredWeights { get; init; }

    /// <summary>Where models that are named by hub ids come from; null: what the environment says.</summary>
    public HubSettings? Hub { get; init; }

    /// <summary>
    /// Where the text encoder's results are kept for later runs, so that a text that is known needs no text encoder; null: nowhere. Files are
    /// named by a hash; the texts themselves are not stored.
    /// </summary>
    public string? PromptCacheFolder { get; init; }

    /// <summary>Most bytes of <see cref="PromptCacheFolder"/>; those used longest ago go first.</summary>
    public long PromptCacheLimit { get; init; } = 512L << 20;

    /// <summary>Decodes large pictures in tiles: less memory, nearly the same picture.</summary>
    public bool TiledDecoding { get; init; }
}
