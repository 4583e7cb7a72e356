using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using PixArt.Weights;

namespace PixArt.Training.Recipes;

/// <summary>Reads recipes: JSON with comments and trailing commas, a field <c>kind</c>, and overrides from the command
/// line. A field that no recipe of that kind has is refused.</summary>
public static class RecipeReader
{
    static readonly JsonDocumentOptions s_lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    static readonly Dictionary<string, Type> s_kinds = new(StringComparer.Ordinal)
    {
        ["tokenizer"] = typeof(TokenizerRecipe),
        ["autoencoder"] = typeof(AutoencoderRecipe),
        ["layout"] = typeof(LayoutRecipe),
        ["transformer"] = typeof(TransformerRecipe),
        ["features"] = typeof(FeatureRecipe),
        ["control"] = typeof(ControlRecipe),
        ["experts"] = typeof(ExpertsRecipe),
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides"><c>field.of.field=value</c>, later ones win. Values are JSON, or else plain text.</param>
    /// <exception cref="PixArtException">The file cannot be read, is not JSON, has a field that does not exist, or a value
    /// that cannot be used.</exception>
    public static TrainingRecipe Load(string path, IEnumerable<string>? overrides = null)
    {
        try
        {
            return Parse(File.ReadAllText(path), overrides, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot read the recipe '{path}': {e.Message}", e);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The recipe.</param>
    /// <param name="overrides">As above.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="PixArtException">As above.</exception>
    public static TrainingRecipe Parse(string text, IEnumerable<string>? overrides = null, string name = "recipe")
    {
        try
        {
            if (JsonNode.Parse(text, documentOptions: s_lenient) is not JsonObject given)
                throw new PixArtException($"{name}: a recipe is a JSON object");
            foreach (var assignment in overrides ?? []) RecipeOverride.Apply(given, assignment);
            return Resolve(given, name);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $" (line {line + 1})" : "";
            throw new PixArtException($"{name}: not a valid recipe{place}: {FirstSentence(e)}", e);
        }
    }

    /// <summary>The recipe with every field, defaults included: reading it gives the same recipe.</summary>
    public static string Print(TrainingRecipe recipe)
    {
        var printed = new JsonObject { ["kind"] = KindOf(recipe) };
        foreach (var (key, value) in ToNode(recipe)) printed[key] = value?.DeepClone();
        return printed.ToJsonString(RecipeJson.Camel.Options) + "\n";
    }

    /// <summary>The kind of a recipe as its file says it.</summary>
    internal static string KindOf(TrainingRecipe recipe) => s_kinds.First(entry => entry.Value == recipe.GetType()).Key;

    static TrainingRecipe Resolve(JsonObject given, string name)
    {
        var kind = given["kind"] is JsonValue value && value.TryGetValue(out string? text) ? text : given["kind"]?.ToJsonString();
        if (kind is null || !s_kinds.TryGetValue(kind, out var type))
            throw new InvalidSettingException("kind", kind, string.Join(" or ", s_kinds.Keys));
        given.Remove("kind");
        var shape = RecipeJson.Camel.GetTypeInfo(type)!;
        RecipeFields.Check(given, shape, name);
        // Defaults are made by the records themselves; what is given is laid over them.
        var whole = ToNode((TrainingRecipe)Activator.CreateInstance(type)!);
        Overlay(whole, given);
        TrainingRecipe recipe;
        try
        {
            recipe = (TrainingRecipe)whole.Deserialize(shape)!;
        }
        catch (JsonException e)
        {
            throw FieldPath.Refusal(e, whole, shape);
        }

        recipe.Validate();
        return recipe;
    }

    static JsonObject ToNode(TrainingRecipe recipe) =>
        (JsonObject)JsonSerializer.SerializeToNode(recipe, RecipeJson.Camel.GetTypeInfo(recipe.GetType())!)!;

    /// <summary>Lays fields over others: objects are laid over objects, anything else takes the place of what was there.</summary>
    internal static void Overlay(JsonObject under, JsonObject over)
    {
        foreach (var (key, value) in over.ToArray())
        {
            if (value is JsonObject inner && under[key] is JsonObject below) Overlay(below, inner);
            else under[key] = value?.DeepClone();
        }
    }

    static string FirstSentence(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? e.Message : e.Message[..end];
    }
}
