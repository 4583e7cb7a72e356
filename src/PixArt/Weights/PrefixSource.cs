using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Weights;

/// <summary>A part of a source: asked for <c>x</c>, it gives the inner source's <c>prefix + x</c>.</summary>
/// <param name="inner">The whole.</param>
/// <param name="prefix">Put before every name, for example <c>ema.</c>.</param>
public sealed class PrefixSource(IParameterSource inner, string prefix) : IParameterSource
{
    /// <inheritdoc/>
    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device) => inner.Load(prefix + name, shape, dtype, device);

    /// <inheritdoc/>
    public Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device) => inner.LoadStored(prefix + name, shape, dtype, device);

    /// <inheritdoc/>
    public bool Holds(string name, long[] shape) => inner.Holds(prefix + name, shape);

    /// <inheritdoc/>
    void IParameterSource.Prefetch(string prefixOfNames) => inner.Prefetch(prefix + prefixOfNames);

    /// <inheritdoc/>
    void IParameterSource.Release(string prefixOfNames) => inner.Release(prefix + prefixOfNames);

    /// <inheritdoc/>
    public Exception Missing(string name, long[] shape) => inner.Missing(prefix + name, shape);
}
