using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Weights;

namespace PixArt.Models;

/// <summary>What the model configurations share: refusing other architectures, and writing.</summary>
internal static class ModelConfigJson
{
    /// <summary>The field, where the file has it, must be one of <paramref name="supported"/>: anything else is another architecture.</summary>
    internal static void Require(this ConfigJson json, string field, params string[] supported)
    {
        if (!json.Has(field)) return;
        var given = json.Root.GetProperty(field);
        var value = given.ValueKind == JsonValueKind.String ? given.GetString() : given.GetRawText();
        if (!supported.Contains(value, StringComparer.OrdinalIgnoreCase))
            throw new InvalidSettingException(field, value, string.Join(" or ", supported));
    }

    internal static void Positive(string field, int value)
    {
        if (value < 1) throw new InvalidSettingException(field, value, "at least 1");
    }

    internal static void Positive(string field, double value)
    {
        if (!(value > 0 && double.IsFinite(value))) throw new InvalidSettingException(field, value, "a positive number");
    }

    /// <summary>As diffusers writes it: two spaces, a closing newline.</summary>
    internal static string Write(JsonObject json)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            json.WriteTo(writer);
        return string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(stream.ToArray())}\n");
    }
}
