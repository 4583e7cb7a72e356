using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Which experts make up an ensemble, and the training process that they share: the file <c>experts.json</c> of a pipeline
/// folder.
/// </summary>
public sealed partial record ExpertManifest
{
    /// <summary>The file's name in a pipeline folder.</summary>
    public const string FileName = "experts.json";

    /// <summary>The only version there is.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The format's version.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>T, the training timesteps that the intervals divide.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>The curve of the betas the experts were trained with.</summary>
    public BetaSchedule BetaSchedule { get; init; }

    /// <summary>β of the first timestep.</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>β of the last timestep.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>Whether the betas were rescaled to zero terminal SNR.</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>What every expert predicts.</summary>
    public PredictionType PredictionType { get; init; }

    /// <summary>The autoencoder whose latents the experts denoise; null: that of the folder.</summary>
    public ManifestVae? Vae { get; init; }

    /// <summary>Channels of a latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>The text encoder whose features the experts read; null: that of the folder.</summary>
    public ManifestTextEncoder? TextEncoder { get; init; }

    /// <summary>The experts; their intervals cover [0, T) exactly once.</summary>
    public IReadOnlyList<ManifestExpert> Experts { get; init; } = [];
}

/// <summary>An autoencoder that a manifest names.</summary>
/// <param name="Id">A folder or hub id.</param>
/// <param name="ScalingFactor">What latents are multiplied by after encoding.</param>
public sealed record ManifestVae(string? Id, double? ScalingFactor);

/// <summary>A text encoder that a manifest names.</summary>
/// <param name="Id">A folder or hub id.</param>
/// <param name="MaxTokens">The longest caption in tokens.</param>
public sealed record ManifestTextEncoder(string? Id, int? MaxTokens);

/// <summary>One expert of a manifest.</summary>
public sealed record ManifestExpert
{
    /// <summary>Its name, unique in the manifest, such as <c>t400-999</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>The timesteps it owns, as two numbers: the first one and the first one above.</summary>
    public IReadOnlyList<int> Interval { get; init; } = [];

    /// <summary>Where its weights are: a folder beside the manifest, an absolute path or a hub id.</summary>
    public string Weights { get; init; } = "";

    /// <summary>
    /// What the weights are: <c>full</c>, <c>delta</c> (to be added to the parent's) or <c>lora</c> (an adapter on the
    /// pipeline's transformer).
    /// </summary>
    public string Kind { get; init; } = "full";

    /// <summary>Its own guidance scale; null: the request's.</summary>
    public double? GuidanceScale { get; init; }

    /// <summary>Its own guidance rescale; null: the request's.</summary>
    public double? GuidanceRescale { get; init; }

    /// <summary>The number format it computes in: float32, float16 or bfloat16; null: that of the pipeline.</summary>
    [JsonPropertyName("dtype")]
    [JsonConverter(typeof(ExpertDTypeConverter))]
    public ScalarType? DType { get; init; }

    /// <summary>SHA-256 of the weights it was branched from, 64 hexadecimal digits.</summary>
    public string? ParentSha256 { get; init; }

    /// <summary>SHA-256 of its weights, 64 hexadecimal digits.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Its licence.</summary>
    public string? License { get; init; }

    /// <summary>Facts of its training, free in form.</summary>
    public JsonObject? Training { get; init; }

    /// <summary>The timesteps it owns.</summary>
    internal TimestepInterval Owns => new(Interval[0], Interval[1]);
}
