using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Adapters;

/// <summary>
/// Several adapters on one model. Each changes the model's own weights, never another's result, and the changes are summed in single
/// precision: their order does not matter. The adapters stay their owner's and must stay open.
/// </summary>
public sealed class AdapterStack
{
    readonly Dictionary<string, List<Part>> _parts = new(StringComparer.Ordinal);

    /// <summary>Fits adapters to a model; no tensor is read yet.</summary>
    /// <param name="adapters">Each with its weight: 0 does nothing, 1 acts as trained, other finite numbers in proportion.</param>
    /// <param name="parameters">The model's parameters under diffusers names, with their shapes.</param>
    /// <exception cref="WeightsException">A layer or a shape does not fit; names the tensor.</exception>
    /// <exception cref="InvalidSettingException">A weight is not a finite number.</exception>
    public AdapterStack(IEnumerable<(Adapter Adapter, double Weight)> adapters, IEnumerable<KeyValuePair<string, long[]>> parameters)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentNullException.ThrowIfNull(parameters);
        var targets = new AdapterTargets(parameters);
        Reports = [.. adapters.Select(a => Add(a.Adapter, a.Weight, targets))];
    }

    /// <summary>What each adapter does, in the order given.</summary>
    public IReadOnlyList<AdapterReport> Reports { get; }

    /// <summary>Names of the parameters that change, in no particular order.</summary>
    public IReadOnlyCollection<string> Parameters => _parts.Keys;

    /// <summary>Whether a parameter changes.</summary>
    public bool Changes(string name) => _parts.ContainsKey(name);

    /// <summary>A model's parameters as <see cref="AdapterStack(IEnumerable{ValueTuple{Adapter, double}}, IEnumerable{KeyValuePair{string, long[]}})"/> takes them.</summary>
    public static IEnumerable<KeyValuePair<string, long[]>> ParametersOf(ParameterStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.Names.Select(name => KeyValuePair.Create(name, store[name].Shape));
    }

    /// <inheritdoc cref="ParametersOf(ParameterStore)"/>
    public static IEnumerable<KeyValuePair<string, long[]>> ParametersOf(WeightsSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Names.Select(name => KeyValuePair.Create(name, source.Find(name)!.Shape.ToArray()));
    }

    /// <summary>A parameter with all changes; itself in single precision where there are none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="weight">The model's own values, of any type and device.</param>
    /// <returns>Single precision, on the same device; it belongs to the present scope or the caller.</returns>
    public Tensor Apply(string name, Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var own = weight.Detach().To(ScalarType.Float32);
        var sum = own;
        foreach (var part in _parts.GetValueOrDefault(name) ?? [])
            sum += part.Layer.Change(own, part.Target, part.Adapter.Scaling) * part.Weight;
        return scope.Keep(sum);
    }

    AdapterReport Add(Adapter adapter, double weight, AdapterTargets targets)
    {
        if (!double.IsFinite(weight)) throw new InvalidSettingException($"weight of adapter '{adapter.Path}'", weight, "a finite number");
        var changed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var layer in adapter.Layers)
        {
            foreach (var target in targets.Find(layer.Name) ?? throw layer.Unknown())
            {
                layer.RequireFit(target);
                changed.Add(target.Parameter);
                if (weight == 0) continue;
                if (!_parts.TryGetValue(target.Parameter, out var parts)) _parts[target.Parameter] = parts = [];
                parts.Add(new(adapter, layer, target, weight));
            }
        }

        return new(adapter.Path, weight, adapter.ToString(), [.. changed]);
    }

    sealed record Part(Adapter Adapter, AdapterLayer Layer, AdapterTarget Target, double Weight);
}
