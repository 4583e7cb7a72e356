using System.Text.Json.Nodes;
using PixArt.Weights;

namespace PixArt.Training.Recipes;

/// <summary>Catches typing errors in a model's configuration. Fields that no model here has are allowed, as diffusers writes
/// many that say nothing; one that is nearly a known field is not.</summary>
static class ModelFields
{
    /// <param name="field">Where the configuration stands in the recipe.</param>
    /// <param name="model">The configuration, or null.</param>
    /// <param name="print">Reads it and writes it with every known field.</param>
    /// <exception cref="PixArtException">It cannot be read, or has a misspelt field.</exception>
    public static void Check(string field, JsonObject? model, Func<ConfigJson, string> print)
    {
        if (model is null) return;
        var known = JsonNode.Parse(print(ConfigJson.Parse(model.ToJsonString(), field)))!.AsObject().Select(f => f.Key).ToArray();
        foreach (var (name, _) in model)
        {
            if (known.Contains(name, StringComparer.Ordinal) || Spelling.Nearest(name, known, 1) is not { } nearest) continue;
            throw new PixArtException($"there is no field '{field}.{name}'{Spelling.Question($"{field}.{nearest}")}");
        }
    }
}
