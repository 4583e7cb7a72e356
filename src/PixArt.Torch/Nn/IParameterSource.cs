namespace PixArt.Torch.Nn;

/// <summary>Where a model finds its weights by name: a file, other tensors in memory, a view of a file under other names.</summary>
public interface IParameterSource
{
    /// <summary>A parameter, owned by the caller and outside of every scope; null where the source has none of this name.</summary>
    /// <param name="name">Full name, such as <c>transformer_blocks.0.attn1.to_q.weight</c>.</param>
    /// <param name="shape">The shape that the model needs; another one in the source is an error.</param>
    /// <param name="dtype">The element type wanted.</param>
    /// <param name="device">The device wanted.</param>
    Tensor? Load(string name, long[] shape, ScalarType dtype, Device device);

    /// <summary>The error for a required parameter that <see cref="Load"/> did not have; a source that knows more (its file) says so.</summary>
    /// <param name="name">Full name.</param>
    /// <param name="shape">The shape that the model needs.</param>
    Exception Missing(string name, long[] shape) =>
        new KeyNotFoundException($"parameter '{name}' [{string.Join(", ", shape)}] is missing from the weights");
}
