using PixArt.Adapters;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>An expert that is stored as its difference to a transformer: tensors of the same names and shapes, added in single precision; what is
/// not there is the transformer's own.</summary>
sealed class ExpertDelta : IParameterSource, IDisposable
{
    readonly IParameterSource _parent;
    readonly WeightsSource _delta;

    ExpertDelta(IParameterSource parent, WeightsSource delta) => (_parent, _delta) = (parent, delta);

    /// <summary>Opens the difference over a transformer's weights.</summary>
    /// <param name="path">A weights file or a component's folder.</param>
    /// <param name="parent">The transformer's own weights; they stay their owner's.</param>
    /// <param name="variant">Which files are preferred.</param>
    public static ExpertDelta Open(string path, IParameterSource parent, string? variant) => new(parent, Files(path, variant));

    /// <summary>Checks names and shapes against the transformer's, and tells what would change.</summary>
    /// <exception cref="WeightsException">There is nothing, or a tensor is not the transformer's or of another shape.</exception>
    public static AdapterReport Check(string path, ComponentFolder transformer, string? variant)
    {
        using var delta = Files(path, variant);
        using var own = transformer.OpenWeights(variant);
        foreach (var name in delta.Names)
        {
            var shape = delta.Find(name)!.Shape;
            if (own.Find(name) is not { } parameter)
                throw new WeightsException(WeightsErrorKind.UnexpectedTensors, path, name, $"is not in {transformer.Path}, to which the difference is");
            if (!parameter.Shape.SequenceEqual(shape))
                throw new WeightsException(WeightsErrorKind.ShapeMismatch, path, name, $"has shape {StoredTensor.ShowShape(shape)}, expected {parameter.ShapeText} as in {transformer.Path}");
        }

        return new(path, 1, $"difference of {delta.Names.Count} tensors", [.. delta.Names.Order(StringComparer.Ordinal)]);
    }

    /// <summary>The files that hold the weights of an expert: a component's folder, or a file.</summary>
    public static IReadOnlyList<string> WeightFiles(string path, string? variant) => File.Exists(path) ? [path] : new ComponentFolder(path).WeightFiles(variant);

    /// <inheritdoc/>
    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        if (!_delta.Has(name)) return _parent.Load(name, shape, dtype, device);
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var own = _parent.Load(name, shape, ScalarType.Float32, device);
        using var change = _delta.Load(name, shape, ScalarType.Float32, device)!;
        return own is null ? null : TensorScope.Release((own + change).To(dtype));
    }

    /// <inheritdoc/>
    public Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device) =>
        _delta.Has(name) ? Load(name, shape, dtype, device) : _parent.LoadStored(name, shape, dtype, device);

    /// <inheritdoc/>
    public bool Holds(string name, long[] shape) => _parent.Holds(name, shape);

    /// <inheritdoc/>
    void IParameterSource.Prefetch(string prefix) => _parent.Prefetch(prefix);

    /// <inheritdoc/>
    void IParameterSource.Release(string prefix) => _parent.Release(prefix);

    /// <inheritdoc/>
    public Exception Missing(string name, long[] shape) => _parent.Missing(name, shape);

    /// <summary>Closes the files.</summary>
    public void Dispose() => _delta.Dispose();

    static WeightsSource Files(string path, string? variant)
    {
        if (!Path.Exists(path)) throw new InvalidSettingException("weights of an expert", path, "a weights file or a component's folder");
        return WeightsSource.OpenModel(WeightFiles(path, variant));
    }
}
