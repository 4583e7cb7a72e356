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
                ?? throw Unknown(recipe, path + name, path, Spelling.Nearest(name, shape.Properties.Select(p => p.Name)));
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

    static PixArtException Unknown(string recipe, string field, string path, string? nearest) => new(
        $"{recipe}: there is no field '{field}'" + Spelling.Question(nearest is null ? null : path + nearest));
}
