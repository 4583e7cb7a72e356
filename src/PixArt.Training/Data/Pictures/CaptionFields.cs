using System.Text.Json;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>Finds captions among the fields of a JSON object.</summary>
/// <param name="recipe">Names the fields, or leaves it to the usual names.</param>
sealed class CaptionFields(PictureSetRecipe recipe)
{
    /// <summary>What captions are usually called, the likeliest first.</summary>
    public static readonly string[] Usual = ["text", "caption", "prompt"];

    /// <summary>What long captions are usually called.</summary>
    public static readonly string[] UsualLong = ["sharegpt4v", "long_caption"];

    readonly string[] _short = recipe.Caption is { } name ? [name] : Usual;
    readonly string[] _long = recipe.LongCaption is { } name ? [name] : UsualLong;

    /// <summary>The captions of an object; empty ones count as none.</summary>
    public PictureText Read(JsonElement record) => new(First(record, _short), First(record, _long));

    static string? First(JsonElement record, string[] names)
    {
        foreach (var name in names)
        {
            if (record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString()!.Trim() is { Length: > 0 } text)
                return text;
        }

        return null;
    }
}
