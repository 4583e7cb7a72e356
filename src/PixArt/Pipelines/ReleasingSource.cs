using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Weights whose file goes out of memory tensor by tensor as each is converted or copied to a device, so that loading a model
/// never takes the model and its whole file. Nobody may have written to tensors over the file.</summary>
sealed class ReleasingSource(WeightsSource inner) : IParameterSource
{
    /// <inheritdoc/>
    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device) => Released(name, inner.Load(name, shape, dtype, device));

    /// <inheritdoc/>
    public Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device) => Released(name, inner.LoadStored(name, shape, dtype, device));

    /// <inheritdoc/>
    public bool Holds(string name, long[] shape) => inner.Holds(name, shape);

    /// <inheritdoc/>
    void IParameterSource.Prefetch(string prefix) => inner.Prefetch(prefix);

    /// <inheritdoc/>
    void IParameterSource.Release(string prefix) => inner.Release(prefix);

    /// <inheritdoc/>
    public Exception Missing(string name, long[] shape) => inner.Missing(name, shape);

    // A tensor of the file's own type on the CPU may be a window into the file.
    Tensor? Released(string name, Tensor? tensor)
    {
        if (tensor is not null && (tensor.Device.IsCuda || tensor.DType != inner.Find(name)!.Type.ToScalarType())) inner.Release(name);
        return tensor;
    }
}
