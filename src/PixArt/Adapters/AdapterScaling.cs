using System.Text.Json;
using System.Text.RegularExpressions;
using PixArt.Weights;

namespace PixArt.Adapters;

/// <summary>How strongly an adapter was trained to act, where its tensors do not say so themselves: peft's
/// <c>adapter_config.json</c>, or the same fields in a diffusers file's metadata.</summary>
sealed class AdapterScaling
{
    const string ConfigName = "adapter_config.json";
    const string MetadataKey = "lora_adapter_metadata";
    static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);
    readonly string _source = "";
    readonly double? _rank;
    readonly double? _alpha;
    readonly List<(Regex Layers, double Value)> _ranks = [];
    readonly List<(Regex Layers, double Value)> _alphas = [];

    AdapterScaling(string source, Func<string, JsonElement?> field)
    {
        _source = source;
        _rank = Number(field("r"), "r");
        _alpha = Number(field("lora_alpha") ?? field("alpha"), "lora_alpha");
        RootOfRank = field("use_rslora") is { ValueKind: JsonValueKind.True };
        Fill(_ranks, field("rank_pattern"), "rank_pattern");
        Fill(_alphas, field("alpha_pattern"), "alpha_pattern");
    }

    AdapterScaling()
    {
    }

    /// <summary>Whether alpha is divided by the root of the rank (rsLoRA) instead of the rank.</summary>
    public bool RootOfRank { get; }

    /// <summary>Finds what there is about a file.</summary>
    /// <exception cref="PixArtException">The configuration is not readable.</exception>
    public static AdapterScaling Of(WeightsFile file)
    {
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file.Path))!, ConfigName);
        if (File.Exists(config))
        {
            var read = ConfigJson.Read(config);
            return new(config, name => read.Has(name) ? read.Root.GetProperty(name) : null);
        }

        if (!file.Metadata.TryGetValue(MetadataKey, out var text)) return new();
        var inside = ConfigJson.Parse(text, $"{file.Path}: {MetadataKey}");
        // diffusers writes the component before each field.
        return new(inside.Source, name => inside.Names.FirstOrDefault(n => n == name || n.EndsWith("." + name, StringComparison.Ordinal)) is { } found
            && inside.Has(found) ? inside.Root.GetProperty(found) : null);
    }

    /// <summary>What a layer's product is multiplied by.</summary>
    /// <param name="layer">The layer as the file names it.</param>
    /// <param name="rank">Its rank as its tensors have it; null where they do not show one (LoKr of two whole matrices).</param>
    /// <param name="alpha">The file's own alpha of this layer, or null.</param>
    public double Of(string layer, long? rank, double? alpha)
    {
        // LyCORIS files: alpha counts for factored matrices only, and already holds the root of rsLoRA.
        if (alpha is { } own) return rank is { } r ? own / r : 1;
        if ((Matching(_ranks, layer) ?? rank ?? _rank) is not { } divisor) return 1;
        var strength = Matching(_alphas, layer) ?? _alpha ?? divisor;
        return strength / (RootOfRank ? Math.Sqrt(divisor) : divisor);
    }

    double? Matching(List<(Regex Layers, double Value)> patterns, string layer)
    {
        foreach (var (layers, value) in patterns)
        {
            try
            {
                if (layers.IsMatch(layer)) return value;
            }
            catch (RegexMatchTimeoutException)
            {
                throw new InvalidSettingException($"{_source}: pattern", layers.ToString(), "a pattern that is quickly matched");
            }
        }

        return null;
    }

    // peft: the pattern is the whole name or its last parts.
    void Fill(List<(Regex Layers, double Value)> patterns, JsonElement? given, string field)
    {
        if (given is not { ValueKind: JsonValueKind.Object } map) return;
        foreach (var entry in map.EnumerateObject())
        {
            var value = Number(entry.Value, $"{field}.{entry.Name}") ?? 1;
            try
            {
                patterns.Add((new($@"^(.*\.)?({entry.Name})$", RegexOptions.ExplicitCapture, s_patience), value));
            }
            catch (ArgumentException)
            {
                throw new InvalidSettingException($"{_source}: {field}", entry.Name, "names of layers or regular expressions");
            }
        }
    }

    double? Number(JsonElement? value, string field)
    {
        if (value is not { } given || given.ValueKind == JsonValueKind.Null) return null;
        var number = given.ValueKind == JsonValueKind.Number ? given.GetDouble() : double.NaN;
        if (number > 0 && double.IsFinite(number)) return number;
        throw new InvalidSettingException($"{_source}: {field}", double.IsNaN(number) ? given.ToString() : number, "a number above 0");
    }
}
