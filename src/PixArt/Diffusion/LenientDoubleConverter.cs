using System.Text.Json;
using System.Text.Json.Serialization;

namespace PixArt.Diffusion;

/// <summary>Numbers, and infinities as the strings that different writers use for them.</summary>
sealed class LenientDoubleConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number) return reader.GetDouble();
        return reader.TokenType == JsonTokenType.String
            ? reader.GetString() switch
            {
                "-inf" or "-Infinity" => double.NegativeInfinity,
                "inf" or "Infinity" => double.PositiveInfinity,
                _ => throw new JsonException(),
            }
            : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(double.IsNegativeInfinity(value) ? "-Infinity" : "Infinity");
    }
}
