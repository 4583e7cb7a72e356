using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace PixArt.Training.Recipes;

/// <summary>Refuses fields that do not exist, and says which one may have been meant.</summary>
static class RecipeFields
{
    /// <exception cref="PixArtException">A field is unknown.</exception>
    public static void Check(JsonObject given, JsonTypeInfo shape, string recipe, string path = "")
    {
        foreach (var (name, value) in given)
        {
            var known = shape.Properties.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal))
                ?? throw Unknown(recipe, path + name, path, Nearest(name, shape.Properties.Select(p => p.Name)));
            if (known.PropertyType == typeof(JsonObject)) continue;
            var type = Nullable.GetUnderlyingType(known.PropertyType) ?? known.PropertyType;
            if (value is JsonObject inner) CheckNested(inner, type, shape, recipe, $"{path}{name}.");
            if (value is not JsonArray items || !type.IsGenericType) continue;
            for (var i = 0; i < items.Count; i++)
            {
                if (items[i] is JsonObject item) CheckNested(item, type.GenericTypeArguments[0], shape, recipe, $"{path}{name}[{i}].");
            }
        }
    }

    static void CheckNested(JsonObject given, Type type, JsonTypeInfo parent, string recipe, string path)
    {
        if (parent.Options.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Object } shape) Check(given, shape, recipe, path);
    }

    /// <summary>The candidate with the fewest edits, if those are few enough for a typing error.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What there is.</param>
    /// <param name="most">Edits at most; null: two, or a third of a long name.</param>
    public static string? Nearest(string name, IEnumerable<string> candidates, int? most = null) => candidates
        .Select(candidate => (candidate, Distance: Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
        .Where(pair => pair.Distance <= (most ?? Math.Max(2, name.Length / 3)))
        .OrderBy(pair => pair.Distance).Select(pair => pair.candidate).FirstOrDefault();

    static PixArtException Unknown(string recipe, string field, string path, string? nearest) => new(
        $"{recipe}: there is no field '{field}'" + (nearest is null ? "" : $"; did you mean '{path}{nearest}'?"));

    /// <summary>Levenshtein distance.</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                (row[j], diagonal) = (Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost), row[j]);
            }
        }

        return row[b.Length];
    }
}
