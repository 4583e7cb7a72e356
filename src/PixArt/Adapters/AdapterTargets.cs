using PixArt.Weights;

namespace PixArt.Adapters;

/// <summary>A model's weights under every name that adapter files call their layers by: diffusers' and the original repositories',
/// each also with underscores for dots.</summary>
sealed class AdapterTargets
{
    const string Ending = ".weight";
    readonly Dictionary<string, List<AdapterTarget>> _byLayer = new(StringComparer.Ordinal);

    /// <summary>Names the weights; vectors and tables cannot be adapted.</summary>
    /// <param name="parameters">The model's parameters under diffusers names, with their shapes.</param>
    public AdapterTargets(IEnumerable<KeyValuePair<string, long[]>> parameters)
    {
        foreach (var (name, shape) in parameters)
        {
            if (shape.Length < 2 || !name.EndsWith(Ending, StringComparison.Ordinal)) continue;
            Add(name[..^Ending.Length], new(name, shape, 0, 1));
            if (KeyMaps.PixArtOriginal.ToForeign(name) is { } original)
                Add(original.Name[..^Ending.Length], new(name, shape, original.Part, original.Parts));
        }
    }

    /// <summary>The weights of a layer, or null when the model has no such layer.</summary>
    public IReadOnlyList<AdapterTarget>? Find(string layer) => _byLayer.GetValueOrDefault(layer);

    void Add(string layer, AdapterTarget target)
    {
        foreach (var name in new[] { layer, layer.Replace('.', '_') }.Distinct(StringComparer.Ordinal))
        {
            if (!_byLayer.TryGetValue(name, out var targets)) _byLayer[name] = targets = [];
            targets.Add(target);
        }
    }
}
