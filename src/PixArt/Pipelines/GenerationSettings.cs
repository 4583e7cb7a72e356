using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PixArt.Text;

namespace PixArt.Pipelines;

/// <summary>Everything needed to make one picture again; travels inside its PNG as JSON under the keyword <see cref="Keyword"/>.</summary>
public sealed record GenerationSettings
{
    /// <summary>The PNG text keyword of the JSON.</summary>
    public const string Keyword = "pixart";

    /// <summary>The PNG text keyword of <see cref="ToParametersText"/>, as AUTOMATIC1111's web UI writes and reads it.</summary>
    public const string ParametersKeyword = "parameters";

    /// <summary>The version of the program that made the picture.</summary>
    public string? Version { get; init; }

    /// <summary>The model folder as it was named.</summary>
    public string? Model { get; init; }

    /// <summary>The transformer in place of the model's own, if one was given: a folder, or a hub id with its commit.</summary>
    public string? Transformer { get; init; }

    /// <summary>The second expert's folder, or hub id with its commit, if one was given.</summary>
    public string? Expert { get; init; }

    /// <summary>The timestep below which the second expert works.</summary>
    public int? Split { get; init; }

    /// <summary>The adapters; null: none.</summary>
    public IReadOnlyList<AdapterChoice>? Adapters { get; init; }

    /// <summary>The consistency decoder that made the picture of its latents, if one was given: a folder, or a hub id with its commit.</summary>
    public string? Decoder { get; init; }

    /// <summary>The prompt as written.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The negative prompt as written.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>The style that was around the prompt.</summary>
    public string? Style { get; init; }

    /// <summary>Denoising steps; null: the sampler chose them.</summary>
    public int? Steps { get; init; }

    /// <summary>Guidance scale.</summary>
    public double GuidanceScale { get; init; }

    /// <summary>The share of the guided spread that was taken back.</summary>
    public double? GuidanceRescale { get; init; }

    /// <summary>The timesteps that were guided, as <c>200-800</c>: the first, and the first above.</summary>
    public string? GuidanceInterval { get; init; }

    /// <summary>Strength of perturbed-attention guidance.</summary>
    public double? PagScale { get; init; }

    /// <summary>Its fall with each timestep below 1000.</summary>
    public double? PagAdaptiveScale { get; init; }

    /// <summary>Its layers, between commas.</summary>
    public string? PagLayers { get; init; }

    /// <summary>This picture's own seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; init; }

    /// <summary>Height by width, where it was asked for as such.</summary>
    public double? AspectRatio { get; init; }

    /// <summary>The file of the picture that it started from, as it was named.</summary>
    public string? Image { get; init; }

    /// <summary>SHA-256 of that file.</summary>
    public string? ImageSha256 { get; init; }

    /// <summary>The file of the mask.</summary>
    public string? Mask { get; init; }

    /// <summary>SHA-256 of that file.</summary>
    public string? MaskSha256 { get; init; }

    /// <summary>The file of the reference picture.</summary>
    public string? Reference { get; init; }

    /// <summary>SHA-256 of that file.</summary>
    public string? ReferenceSha256 { get; init; }

    /// <summary>How far the picture that it started from might change.</summary>
    public double? Strength { get; init; }

    /// <summary>The scheduler's short name.</summary>
    public string Scheduler { get; init; } = "";

    /// <summary>What happened to the prompts before they were tokenized.</summary>
    public CaptionPreparation? CaptionPreparation { get; init; }

    /// <summary>Whether a trained size was made and resized.</summary>
    public bool ResolutionBinning { get; init; }

    /// <summary>Text tokens.</summary>
    public int MaxSequenceLength { get; init; }

    /// <summary>DDIM's noise weight.</summary>
    public double? Eta { get; init; }

    /// <summary>What the control picture is, if there was one.</summary>
    public ControlKind? Control { get; init; }

    /// <summary>The control picture's file.</summary>
    public string? ControlImage { get; init; }

    /// <summary>Factor on what the ControlNet added.</summary>
    public double? ControlStrength { get; init; }

    /// <summary>The ControlNet as it was named.</summary>
    public string? ControlModel { get; init; }

    /// <summary>The HED detector's weights, where they were named.</summary>
    public string? HedModel { get; init; }

    /// <summary>The weights' number format while sampling, for example <c>float32</c>.</summary>
    [JsonPropertyName("dtype")]
    public string? DType { get; init; }

    /// <summary>Where it was computed, for example <c>cpu</c>.</summary>
    public string? Device { get; init; }

    /// <summary>The settings as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, GenerationSettingsJson.Readable.GenerationSettings);

    /// <summary>Reads what <see cref="ToJson"/> wrote; unknown fields are passed over.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="source">How errors call it, usually the file's name.</param>
    /// <exception cref="PixArtException">It is not such JSON.</exception>
    public static GenerationSettings FromJson(string json, string source)
    {
        try
        {
            return JsonSerializer.Deserialize(json, GenerationSettingsJson.Readable.GenerationSettings)
                ?? throw new PixArtException($"{source}: its settings are 'null', expected a JSON object");
        }
        catch (JsonException error)
        {
            throw new PixArtException($"{source}: its settings are not readable as JSON: {error.Message}", error);
        }
    }

    /// <summary>The settings as AUTOMATIC1111's web UI writes them: prompt, negative prompt, then one line of names and values.</summary>
    public string ToParametersText() => ParametersText.Of(this);
}

[JsonSerializable(typeof(GenerationSettings))]
sealed partial class GenerationSettingsJson : JsonSerializerContext
{
    /// <summary>Prompts stay readable: only what JSON itself needs is escaped.</summary>
    public static GenerationSettingsJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        Converters =
        {
            new JsonStringEnumConverter<CaptionPreparation>(JsonNamingPolicy.SnakeCaseLower),
            new JsonStringEnumConverter<ControlKind>(JsonNamingPolicy.SnakeCaseLower),
        },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
