using System.Text.Json;
using System.Text.Json.Serialization;
using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>Number formats of experts by their names in PyTorch.</summary>
sealed class ExpertDTypeConverter : JsonConverter<ScalarType?>
{
    static readonly (string Name, ScalarType Type)[] s_names =
        [("float32", ScalarType.Float32), ("float16", ScalarType.Float16), ("bfloat16", ScalarType.BFloat16)];

    /// <inheritdoc/>
    public override ScalarType? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        foreach (var (name, type) in s_names)
            if (string.Equals(name, text, StringComparison.Ordinal)) return type;
        throw new InvalidSettingException("experts.dtype", text, string.Join(" or ", s_names.Select(n => n.Name)));
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ScalarType? value, JsonSerializerOptions options) =>
        writer.WriteStringValue(s_names.First(n => n.Type == value).Name);
}
