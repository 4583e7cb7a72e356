using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Optimization;

namespace PixArt.Training.Distillation;

/// <summary>Tensors that a model reads in place: what changes them changes the model.</summary>
sealed class SharedTensors(IEnumerable<TrainedTensor> tensors) : IParameterSource
{
    readonly Dictionary<string, Tensor> _byName = tensors.ToDictionary(t => t.Name, t => t.Value, StringComparer.Ordinal);

    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device) =>
        _byName.TryGetValue(name, out var found) ? TensorScope.Release(found.Detach()) : null;
}
