using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PixArt.Weights;

namespace PixArt.Diffusion;

public sealed partial record ExpertManifest
{
    /// <summary>Reads a manifest file and checks it.</summary>
    /// <param name="path">The file, usually <see cref="FileName"/> of a pipeline folder.</param>
    /// <exception cref="WeightsException">The file cannot be read or is not a JSON object.</exception>
    /// <exception cref="InvalidSettingException">A field is not what it must be; the message names it.</exception>
    public static ExpertManifest Read(string path) => Read(ConfigJson.Read(path));

    /// <summary>Reads a manifest and checks it.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static ExpertManifest Parse(string json) => Read(ConfigJson.Parse(json, FileName));

    /// <summary>Writes the manifest file.</summary>
    /// <param name="path">The file; an older one is replaced at once.</param>
    public void Write(string path) => AtomicFile.WriteText(path, ToJsonText());

    /// <summary>The file's text.</summary>
    public string ToJsonText() =>
        JsonSerializer.Serialize(Validated(), ExpertManifestContext.Default.ExpertManifest) + "\n";

    static ExpertManifest Read(ConfigJson json)
    {
        try
        {
            return Made(Completed(json)).Validated();
        }
        catch (InvalidSettingException e)
        {
            throw new InvalidSettingException($"{json.Source}: {e.Field}", e.Value, e.Expected);
        }
    }

    static ExpertManifest Made(JsonObject whole)
    {
        try
        {
            return whole.Deserialize(ExpertManifestContext.Default.ExpertManifest)!;
        }
        catch (JsonException e)
        {
            throw FieldPath.Refusal(e, whole, ExpertManifestContext.Default.ExpertManifest);
        }
    }

    // Source-generated readers set a property that the file leaves out to its type's default; the format's defaults are
    // written in first.
    static JsonObject Completed(ConfigJson json)
    {
        var whole = Over(new ExpertManifest(), ExpertManifestContext.Default.ExpertManifest, JsonObject.Create(json.Root)!);
        if (whole["experts"] is not JsonArray experts) return whole;
        for (var i = 0; i < experts.Count; i++)
        {
            if (experts[i] is JsonObject expert)
                experts[i] = Over(new ManifestExpert(), ExpertManifestContext.Default.ManifestExpert, expert);
        }

        return whole;
    }

    static JsonObject Over<T>(T defaults, JsonTypeInfo<T> type, JsonObject given)
    {
        var result = JsonSerializer.SerializeToNode(defaults, type)!.AsObject();
        foreach (var (field, value) in given)
            if (value is not null) result[field] = value.DeepClone();
        return result;
    }
}

/// <summary>Reads and writes manifests without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ExpertManifest))]
sealed partial class ExpertManifestContext : JsonSerializerContext;
