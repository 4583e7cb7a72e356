using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Adapters;

/// <summary>A model's weights with adapters merged into them as they are loaded: the model is an ordinary one, and the file it comes
/// from keeps its own weights.</summary>
/// <param name="inner">The model's own weights.</param>
/// <param name="stack">The adapters.</param>
public sealed class AdaptedSource(IParameterSource inner, AdapterStack stack) : IParameterSource
{
    /// <inheritdoc/>
    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        if (!stack.Changes(name)) return inner.Load(name, shape, dtype, device);
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var own = inner.Load(name, shape, ScalarType.Float32, device);
        return own is null ? null : TensorScope.Release(stack.Apply(name, own).To(device, dtype));
    }

    /// <inheritdoc/>
    public Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device) =>
        stack.Changes(name) ? Load(name, shape, dtype, device) : inner.LoadStored(name, shape, dtype, device);

    /// <inheritdoc/>
    public bool Holds(string name, long[] shape) => inner.Holds(name, shape);

    /// <inheritdoc/>
    void IParameterSource.Prefetch(string prefix) => inner.Prefetch(prefix);

    /// <inheritdoc/>
    void IParameterSource.Release(string prefix) => inner.Release(prefix);

    /// <inheritdoc/>
    public Exception Missing(string name, long[] shape) => inner.Missing(name, shape);
}
