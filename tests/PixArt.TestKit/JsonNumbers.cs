using System.Globalization;
using System.Text.Json;

namespace PixArt.TestKit;

/// <summary>Numbers of golden documents, where infinities are the strings <c>inf</c> and <c>-inf</c>.</summary>
public static class JsonNumbers
{
    public static double Number(this JsonElement element) => element.ValueKind == JsonValueKind.String
        ? element.GetString() switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            var text => double.Parse(text!, CultureInfo.InvariantCulture),
        }
        : element.GetDouble();

    public static double[] Numbers(this JsonElement list) => [.. list.EnumerateArray().Select(Number)];

    public static long[] Integers(this JsonElement list) => [.. list.EnumerateArray().Select(e => e.GetInt64())];

    /// <summary>The property, or null when it is missing or null.</summary>
    public static JsonElement? Optional(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
