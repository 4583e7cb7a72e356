using System.Text.Json;
using System.Text.Json.Nodes;

namespace PixArt.Training.Recipes;

/// <summary>One <c>--set</c> of the command line.</summary>
static class RecipeOverride
{
    /// <summary>Puts a value at a path of field names, making objects on the way.</summary>
    /// <exception cref="InvalidSettingException">The text has no <c>=</c>, or the path leads through a plain value.</exception>
    public static void Apply(JsonObject recipe, string assignment)
    {
        var equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1) throw new InvalidSettingException("--set", assignment, "field.of.field=value");
        var path = assignment[..equals].Split('.');
        var target = recipe;
        foreach (var name in path[..^1])
        {
            if (target[name] is null) target[name] = new JsonObject();
            target = target[name] as JsonObject
                ?? throw new InvalidSettingException("--set", assignment, $"a path of objects; '{name}' is a plain value");
        }

        target[path[^1]] = Value(assignment[(equals + 1)..]);
    }

    static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
