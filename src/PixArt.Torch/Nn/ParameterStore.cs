using System.Diagnostics.CodeAnalysis;

namespace PixArt.Torch.Nn;

/// <summary>
/// The named parameters of one model, in the order in which it asked for them. A parameter comes from the source where it has it, else from its
/// initializer if the store may initialise (training from scratch), else it is an error.
/// </summary>
public sealed class ParameterStore : IDisposable
{
    private readonly IParameterSource? source;
    private readonly Generator? initialize;
    private readonly OrderedDictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
    private readonly List<Tensor> joined = [];
    private readonly OrderedDictionary<string, AdaptableLayer> layers = new(StringComparer.Ordinal);

    /// <summary>Creates an empty store; building a model over <see cref="Root"/> fills it.</summary>
    /// <param name="source">Where weights come from; null to initialise every parameter.</param>
    /// <param name="dtype">Element type of the parameters.</param>
    /// <param name="device">Where they live.</param>
    /// <param name="initialize">Draws initial values of what the source may lack; null (with a source): a missing parameter is an error.</param>
    /// <param name="keepStored">Whether matrices of linear layers and embeddings stay in the form in which the source holds them
    /// (<see cref="IParameterSource.LoadStored"/>) and are expanded to <paramref name="dtype"/> piece by piece where they are used.</param>
    public ParameterStore(
        IParameterSource? source = null, ScalarType dtype = ScalarType.Float32, Device? device = null, Generator? initialize = null, bool keepStored = false)
    {
        (this.source, this.initialize, KeepsStored) = (source, initialize, keepStored);
        DType = dtype;
        Device = device ?? Device.Cpu;
    }

    /// <summary>Element type of the parameters.</summary>
    public ScalarType DType { get; }

    /// <summary>Where the parameters live.</summary>
    public Device Device { get; }

    /// <summary>Whether there are no weights to load: every parameter takes its initial value.</summary>
    public bool IsFromScratch => source is null;

    /// <summary>Whether matrices stay in the form in which the source holds them.</summary>
    public bool KeepsStored { get; }

    /// <summary>The scope from which a model builds itself.</summary>
    public ParameterScope Root => new(this, "");

    /// <summary>The layers that an adapter can be put on, by name, in the order of creation.</summary>
    public IReadOnlyDictionary<string, AdaptableLayer> Layers => layers;

    /// <summary>Names in the order of creation.</summary>
    public IReadOnlyList<string> Names => tensors.Keys;

    /// <summary>Parameters in the order of creation; they belong to the store.</summary>
    public IReadOnlyList<Tensor> Tensors => tensors.Values;

    /// <summary>A parameter by its full name.</summary>
    public Tensor this[string name] => tensors[name];

    /// <summary>A parameter by its full name, if there is one.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Tensor? tensor) => tensors.TryGetValue(name, out tensor);

    /// <summary>Makes every parameter take gradients, or none.</summary>
    public void RequireGrad(bool value)
    {
        foreach (Tensor tensor in tensors.Values) tensor.RequiresGrad = value;
    }

    /// <summary>
    /// Lays parameters out one below the other in one tensor, of which they become views: their names stay, and one matrix product serves them
    /// all. Layers that hold them must ask for them again.
    /// </summary>
    /// <param name="names">Parameters that differ in their first dimension at most.</param>
    /// <returns>The whole; it belongs to the store.</returns>
    public Tensor Join(params string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        using var noGrad = GradMode.Disable();
        Tensor whole = TensorScope.Release(Tensor.Cat(Array.ConvertAll(names, name => tensors[name])));
        joined.Add(whole);
        long row = 0;
        foreach (string name in names)
        {
            Tensor part = tensors[name];
            long rows = part.Size(0);
            tensors[name] = TensorScope.Release(whole.Narrow(0, row, rows));
            part.Dispose();
            row += rows;
        }

        return whole;
    }

    /// <summary>An empty store over the same source (or another view of it), for a part of a model that comes and goes by itself; the caller
    /// disposes it, and the source must still be there.</summary>
    /// <param name="view">Makes the view; null: the source itself.</param>
    public ParameterStore Beside(Func<IParameterSource, IParameterSource>? view = null) =>
        new(source is null ? null : view?.Invoke(source) ?? source, DType, Device, initialize, KeepsStored);

    /// <summary>Tells the source what comes next (<see cref="IParameterSource.Prefetch"/>).</summary>
    public void Prefetch(string prefix) => source?.Prefetch(prefix);

    /// <summary>Tells the source what is done with (<see cref="IParameterSource.Release"/>).</summary>
    public void Release(string prefix) => source?.Release(prefix);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in tensors.Values) tensor.Dispose();
        foreach (Tensor tensor in joined) tensor.Dispose();
        tensors.Clear();
    }

    internal Tensor Get(string name, long[] shape, Initializer? initializer)
    {
        if (tensors.TryGetValue(name, out Tensor? known)) return known;
        Tensor? found = source?.Load(name, shape, DType, Device);
        if (found is null)
        {
            if (source is not null && (initialize is null || !source.MayLack(name))) throw source.Missing(name, shape);
            if (initializer is null)
                throw new KeyNotFoundException($"parameter '{name}' [{string.Join(", ", shape)}] is missing and has no initial value");
            using var noGrad = GradMode.Disable();

            // Drawn in fp32 on the CPU, so that a seed gives the same model everywhere.
            found = Tensor.Empty(shape);
            initializer(found, initialize);
            if (DType != ScalarType.Float32 || Device.IsCuda)
            {
                Tensor moved = found.To(Device, DType);
                found.Dispose();
                found = moved;
            }
        }

        tensors.Add(name, TensorScope.Release(found));
        return found;
    }

    // A model may build itself over the same names twice; the last layer is the one that it uses.
    internal void Register(string name, AdaptableLayer layer) => layers[name] = layer;

    internal Tensor? Optional(string name, long[] shape) =>
        tensors.TryGetValue(name, out Tensor? known) ? known : Added(name, source?.Load(name, shape, DType, Device));

    internal Tensor? OptionalMatrix(string name, long[] shape) =>
        !KeepsStored ? Optional(name, shape)
        : tensors.TryGetValue(name, out Tensor? known) ? known : Added(name, source?.LoadStored(name, shape, DType, Device));

    // Scales stay in fp32: in a smaller type they would cost more exactness than the integers do.
    internal Tensor? RowScale(string name, Tensor matrix)
    {
        if (matrix.DType != ScalarType.Int8) return null;
        string scale = name + "_scale";
        long[] shape = [matrix.Size(0), 1];
        if (tensors.TryGetValue(scale, out Tensor? known)) return known;
        return Added(scale, source!.Load(scale, shape, ScalarType.Float32, Device)) ?? throw source.Missing(scale, shape);
    }

    private Tensor? Added(string name, Tensor? tensor)
    {
        if (tensor is not null) tensors.Add(name, TensorScope.Release(tensor));
        return tensor;
    }
}
