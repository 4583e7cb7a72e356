using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training.Adapters;

/// <summary>An adapter under training on a transformer whose own weights stay as they are and take no gradients.</summary>
sealed class TrainedAdapter : IDisposable
{
    readonly PixArtTransformer _transformer;
    readonly AdapterRecipe _recipe;
    readonly Dictionary<string, ILayerAdapter> _layers = new(StringComparer.Ordinal);
    readonly ParameterStore _parameters;
    readonly DropoutMasks _dropout;

    /// <summary>Puts the adapter on; the transformer's outputs are at first the ones it had.</summary>
    /// <param name="transformer">The model; it stays its owner's and must outlive this object.</param>
    /// <param name="recipe">Which adapter.</param>
    /// <param name="seed">Draws the first values and the dropout.</param>
    /// <param name="batch">This process's part of every batch; null: all of it.</param>
    /// <exception cref="InvalidSettingException">No layer of the model has such a name.</exception>
    public TrainedAdapter(PixArtTransformer transformer, AdapterRecipe recipe, ulong seed, BatchShare? batch = null)
    {
        (_transformer, _recipe, _dropout) = (transformer, recipe, new(seed, recipe.Dropout, batch ?? BatchShare.Whole));
        var chosen = transformer.Parameters.Layers.Where(layer => IsTarget(layer.Key, layer.Value)).ToArray();
        if (chosen.Length == 0)
            throw new InvalidSettingException("adapter.targets", string.Join(", ", recipe.Targets), "ends of layers' names, such as to_q or ff.net.2");
        transformer.Parameters.RequireGrad(false);
        using var generator = new RandomKey(seed, RandomPurpose.AdapterInitialization).Generator();
        _parameters = new(null, ScalarType.Float32, transformer.Parameters.Device, generator);
        foreach (var (name, layer) in chosen) _layers.Add(name, Build(_parameters.Root.Sub(name), layer, _layers.Count));
        _parameters.RequireGrad(true);
        IsOn = true;
    }

    /// <summary>The adapter's parameters, in the order of the transformer's layers.</summary>
    public IEnumerable<TrainedTensor> Parameters => _parameters.Names.Select(name => new TrainedTensor(name, _parameters[name]));

    /// <summary>Names of the layers that are adapted.</summary>
    public IReadOnlyCollection<string> Layers => _layers.Keys;

    /// <summary>Whether the transformer is the adapted one; without, it is the one that training began from.</summary>
    public bool IsOn
    {
        get;
        set
        {
            field = value;
            foreach (var (name, layer) in _layers) _transformer.Parameters.Layers[name].Adapter = value ? layer : null;
        }
    }

    /// <summary>Begins a training pass, which has its own dropout.</summary>
    /// <param name="pass">Its number, or null: no dropout.</param>
    public void Begin(long? pass) => _dropout.Pass = pass;

    /// <summary>Writes the adapter's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="parent">What the adapter was trained on, for its configuration.</param>
    public void Export(string folder, string? parent) => AdapterWriter.Write(folder, _recipe, _parameters, [.. _layers.Keys], parent);

    public void Dispose()
    {
        IsOn = false;
        _parameters.Dispose();
    }

    bool IsTarget(string name, AdaptableLayer layer) =>
        (layer is Linear || (layer is Conv2d && _recipe.Kind != AdapterKind.Lokr && !name.EndsWith(".sr", StringComparison.Ordinal)))
        && _recipe.Targets.Any(target => string.Equals(name, target, StringComparison.Ordinal) || name.EndsWith("." + target, StringComparison.Ordinal));

    ILayerAdapter Build(ParameterScope scope, AdaptableLayer layer, int index) => _recipe.Kind == AdapterKind.Lokr
        ? new KroneckerAdapter(scope, layer, _recipe)
        : new LowRankAdapter(scope, layer, _recipe, _dropout.Of(index));
}
