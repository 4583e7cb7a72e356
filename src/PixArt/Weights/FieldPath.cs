using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace PixArt.Weights;

/// <summary>A place in a JSON file, <c>data.sets[0].kind</c>: what stands there, and in plain words what should.</summary>
/// <param name="path">Names between points, indices in brackets.</param>
sealed class FieldPath(string path)
{
    readonly string[] _steps = path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What a reader could not make of a value, as the refusal of its field.</summary>
    /// <param name="error">The reader's; its path leads to the value.</param>
    /// <param name="root">What was read.</param>
    /// <param name="shape">What it should have become.</param>
    public static InvalidSettingException Refusal(JsonException error, JsonNode root, JsonTypeInfo shape)
    {
        var field = (error.Path ?? "$").TrimStart('$').TrimStart('.');
        var place = new FieldPath(field);
        return new(field, place.Given(root), place.Expected(shape));
    }

    /// <summary>What stands there: a text as it is, anything else as its JSON.</summary>
    string Given(JsonNode root)
    {
        JsonNode? node = root;
        foreach (var step in _steps)
        {
            node = node switch
            {
                JsonObject fields => fields[step],
                JsonArray items when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < items.Count => items[index],
                _ => null,
            };
        }

        return node is JsonValue value && value.TryGetValue(out string? text) ? text : node?.ToJsonString() ?? "null";
    }

    /// <summary>What the field takes.</summary>
    /// <param name="shape">The whole file's.</param>
    string Expected(JsonTypeInfo shape)
    {
        var type = shape.Type;
        foreach (var step in _steps)
        {
            var info = shape.Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
            var inner = info.Kind == JsonTypeInfoKind.Enumerable
                ? type.GenericTypeArguments.FirstOrDefault()
                : info.Properties.FirstOrDefault(p => string.Equals(p.Name, step, StringComparison.Ordinal))?.PropertyType;
            if (inner is null) return "a value of the right kind";
            type = inner;
        }

        return Nullable.GetUnderlyingType(type) is { } some ? $"{Words(some, shape)}, or null" : Words(type, shape);
    }

    static string Words(Type type, JsonTypeInfo shape)
    {
        if (type.IsEnum)
        {
            var written = shape.Options.GetTypeInfo(type);
            string[] names = [.. Enum.GetValues(type).Cast<object>().Select(value => JsonSerializer.SerializeToNode(value, written)!.GetValue<string>())];
            return $"{string.Join(", ", names[..^1])} or {names[^1]}";
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => "true or false",
            TypeCode.Int32 or TypeCode.Int64 or TypeCode.UInt64 => "a whole number",
            TypeCode.Double => "a number",
            TypeCode.String => "a text",
            _ => shape.Options.GetTypeInfo(type).Kind == JsonTypeInfoKind.Enumerable ? "a list" : "an object",
        };
    }
}
