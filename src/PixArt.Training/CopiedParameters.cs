using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Training;

/// <summary>Parameters out of files, in memory of their own: training writes to them, and the file may be replaced meanwhile.</summary>
/// <param name="source">The files.</param>
/// <param name="mayLack">Which may be missing and then have their initial values; null: none.</param>
sealed class CopiedParameters(WeightsSource source, Func<string, bool>? mayLack = null) : IParameterSource
{
    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        using var mapped = source.Load(name, shape, dtype, device);
        return mapped is null ? null : TensorScope.Release(mapped.Clone());
    }

    public bool MayLack(string name) => mayLack?.Invoke(name) ?? false;

    public Exception Missing(string name, long[] shape) => source.Missing(name, shape);
}
