using System.Text.Json;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>A whole model in the diffusers layout: <c>model_index.json</c> and a folder for each component
/// (<c>transformer</c>, <c>vae</c>, <c>text_encoder</c>, <c>tokenizer</c>, <c>scheduler</c>).</summary>
public sealed class ModelFolder
{
    /// <summary>Name of the index.</summary>
    public const string IndexName = "model_index.json";

    readonly Dictionary<string, ModelComponent> _components;

    ModelFolder(string path, ConfigJson index, Dictionary<string, ModelComponent> components)
    {
        Path = path;
        Index = index;
        _components = components;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The index itself, for settings beside the components.</summary>
    public ConfigJson Index { get; }

    /// <summary>The pipeline's class, for example <c>PixArtAlphaPipeline</c>; null when the index does not say.</summary>
    public string? ClassName => Index.ClassName;

    /// <summary>Name → component, also those that the index leaves out with <c>null</c>.</summary>
    public IReadOnlyDictionary<string, ModelComponent> Components => _components;

    /// <summary>Opens a folder: reads the index only.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="WeightsException">There is no such folder, or no valid <c>model_index.json</c> in it.</exception>
    public static ModelFolder Open(string path)
    {
        if (!Directory.Exists(path)) throw new WeightsException(NotFound, path, null, "there is no such model folder");
        var indexPath = System.IO.Path.Combine(path, IndexName);
        if (!File.Exists(indexPath))
            throw new WeightsException(NotFound, path, null, $"is no model folder: it has no {IndexName}");
        var index = ConfigJson.Read(indexPath);
        var components = new Dictionary<string, ModelComponent>(StringComparer.Ordinal);
        foreach (var field in index.Root.EnumerateObject())
        {
            // A component is a pair [library, class]; names with an underscore and other kinds of values are settings.
            if (field.Name.StartsWith('_') || field.Value.ValueKind != JsonValueKind.Array || field.Value.GetArrayLength() != 2) continue;
            components[field.Name] = new ModelComponent(field.Name, TextOrNull(field.Value[0]), TextOrNull(field.Value[1]));
        }

        return new ModelFolder(path, index, components);
    }

    /// <summary>Whether the index names the component and its folder is there.</summary>
    public bool Has(string component) =>
        _components.TryGetValue(component, out var found) && found.IsThere && Directory.Exists(System.IO.Path.Combine(Path, component));

    /// <summary>A component that must be there.</summary>
    /// <param name="name">For example <c>transformer</c>.</param>
    /// <exception cref="WeightsException">The index leaves it out, or its folder is missing.</exception>
    public ComponentFolder Component(string name)
    {
        if (!_components.TryGetValue(name, out var component) || !component.IsThere)
        {
            var known = string.Join(", ", _components.Values.Where(c => c.IsThere).Select(c => c.Name));
            throw new WeightsException(NotFound, System.IO.Path.Combine(Path, IndexName), null, $"names no component '{name}'; it has {known}");
        }

        return new ComponentFolder(System.IO.Path.Combine(Path, name));
    }

    static string? TextOrNull(JsonElement element) =>
        element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } text && !text.Equals("null", StringComparison.Ordinal) ? text : null;
}
