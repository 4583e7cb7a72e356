using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PixArt.Weights;

namespace PixArt.Diffusion;

public sealed partial record SchedulerConfig
{
    // What the model was trained with; another sampler must not replace it by its own class's defaults.
    static readonly string[] s_process =
    [
        "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "rescale_betas_zero_snr",
        "prediction_type",
    ];

    // The fields a file gave, by their JSON names: they stay when the settings are read for another class.
    IReadOnlySet<string> Given { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Reads a <c>scheduler_config.json</c>, bare infinities included.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightsException">The file cannot be read or is not a JSON object.</exception>
    /// <exception cref="InvalidSettingException">A field is not what it must be; the message names file and field.</exception>
    public static SchedulerConfig Read(string path) => Read(ConfigJson.Read(path));

    /// <summary>Reads the settings of a <c>scheduler_config.json</c> that is open already.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static SchedulerConfig Read(ConfigJson json) => json.As(fields => Parse(JsonObject.Create(fields.Root)!));

    /// <summary>Reads the settings of a <c>scheduler_config.json</c>. Unknown fields are ignored.</summary>
    /// <param name="json">The file's object; infinities are bare numbers or the strings <c>-inf</c>, <c>-Infinity</c>.</param>
    /// <param name="className">The class to read it for; null: the file's <c>_class_name</c>.</param>
    /// <exception cref="InvalidSettingException">The class is not known, or a field is not what it must be.</exception>
    public static SchedulerConfig Parse(JsonObject json, string? className = null)
    {
        className ??= json["_class_name"] is JsonValue named && named.TryGetValue(out string? name)
            ? name
            : SchedulerClasses.DpmSolverMultistep;
        var byDefault = json["_use_default_values"] is JsonArray array
            ? array.Select(v => v?.ToString() ?? "").ToHashSet(StringComparer.Ordinal)
            : [];
        var defaults = DefaultsOf(className);
        var merged = defaults.ToJson();
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (field, value) in json)
        {
            if (value is null || field is "_class_name" || byDefault.Contains(field) || !merged.ContainsKey(field))
                continue;
            merged[field] = value.DeepClone();
            given.Add(field);
        }

        return (Deserialize(merged) with { Given = given }).Fitted().Validated();
    }

    /// <summary>
    /// The same training process and explicitly given settings for another sampler; what the settings leave open takes
    /// that class's defaults, except that clipping stays off: latents are not bounded.
    /// </summary>
    /// <param name="sampler">A short name (<c>dpm++</c>, <c>ddim</c>, …) or a scheduler class.</param>
    /// <param name="overrides">Fields to set besides, by their JSON names.</param>
    /// <exception cref="InvalidSettingException">The name is not known, or a value is not what it must be.</exception>
    public SchedulerConfig As(string? sampler, JsonObject? overrides = null)
    {
        var className = sampler is null ? ClassName : SamplerNames.ClassOf(sampler);
        var mine = ToJson();
        var same = string.Equals(className, ClassName, StringComparison.Ordinal);
        var byClass = DefaultsOf(ClassName).ToJson();
        var settings = new JsonObject();
        foreach (var (field, value) in mine)
        {
            var chosen = Given.Contains(field) || !JsonNode.DeepEquals(value, byClass[field]);
            if (same || chosen || s_process.Contains(field)) settings[field] = value?.DeepClone();
        }

        settings.TryAdd("clip_sample", mine["clip_sample"]!.DeepClone());
        foreach (var (field, value) in overrides ?? [])
        {
            if (!mine.ContainsKey(field))
                throw new InvalidSettingException("scheduler setting", field, "a field of scheduler_config.json");
            settings[field] = value?.DeepClone();
        }

        return Parse(settings, className);
    }

    /// <summary>All settings as the object of a <c>scheduler_config.json</c>; infinities are strings.</summary>
    public JsonObject ToJson() =>
        JsonSerializer.SerializeToNode(this, SchedulerConfigContext.Default.SchedulerConfig)!.AsObject();

    /// <summary>All settings as the text of a <c>scheduler_config.json</c>, with bare infinities as Python writes them.</summary>
    public string ToJsonText() =>
        ToJson().ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            .Replace("\"-Infinity\"", "-Infinity", StringComparison.Ordinal);

    static SchedulerConfig Deserialize(JsonObject json)
    {
        try
        {
            return json.Deserialize(SchedulerConfigContext.Default.SchedulerConfig)!;
        }
        catch (JsonException e)
        {
            var field = (e.Path ?? "$").Split('.', '[', ']').ElementAtOrDefault(1) ?? "scheduler_config";
            throw new InvalidSettingException(field, json[field]?.ToJsonString() ?? "missing", Expected(field));
        }
    }

    static string Expected(string field) => field switch
    {
        "beta_schedule" => "linear, scaled_linear, squaredcos_cap_v2, sigmoid, exp or laplace",
        "prediction_type" => "epsilon, sample, v_prediction or flow_prediction",
        "timestep_spacing" => "linspace, leading or trailing",
        "final_sigmas_type" => "zero or sigma_min",
        "variance_type" => "fixed_small, fixed_small_log, fixed_large, fixed_large_log, learned or learned_range",
        _ => $"a value as in {new SchedulerConfig().ToJson()[field]?.ToJsonString() ?? "the format"}",
    };
}

/// <summary>Reads and writes the configuration's JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(LenientDoubleConverter)])]
[JsonSerializable(typeof(SchedulerConfig))]
sealed partial class SchedulerConfigContext : JsonSerializerContext;
