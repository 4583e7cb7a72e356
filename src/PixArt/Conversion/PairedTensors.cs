using PixArt.Weights;

namespace PixArt.Conversion;

/// <summary>The tensors of one model whose like another has.</summary>
static class PairedTensors
{
    /// <summary>The first model's tensors, each checked against the second's of the same name.</summary>
    /// <exception cref="WeightsException">A tensor is in one of them only, or has two shapes; the message names it and its shapes.</exception>
    public static IEnumerable<TensorToWrite> Of(OpenComponent a, OpenComponent b, ConversionOptions options)
    {
        var second = b.Tensors(options).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var tensor in a.Tensors(options))
        {
            if (!second.Remove(tensor.Name, out var other))
                throw new WeightsException(WeightsErrorKind.TensorNotFound, b.Weights.Path, tensor.Name, $"is missing; {a.Weights.Path} has it with shape {StoredTensor.ShowShape(tensor.Shape)}");
            if (!other.Shape.SequenceEqual(tensor.Shape))
                throw new WeightsException(WeightsErrorKind.ShapeMismatch, b.Weights.Path, tensor.Name, $"has shape {StoredTensor.ShowShape(other.Shape)}, but {StoredTensor.ShowShape(tensor.Shape)} in {a.Weights.Path}");
            yield return tensor;
        }

        if (second.Count > 0)
            throw new WeightsException(WeightsErrorKind.UnexpectedTensors, b.Weights.Path, second.Keys.First(), $"is not in {a.Weights.Path}");
    }
}
