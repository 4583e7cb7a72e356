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

    /// <summary>Whether a parameter that <see cref="Load"/> did not have may take its initial value, where the store can draw one.</summary>
    /// <param name="name">Full name.</param>
    bool MayLack(string name) => true;

    /// <summary>A matrix in the form in which the source holds it, where that takes less memory than the wanted type: a smaller floating-point
    /// type, or 8-bit integers whose row scales go by the name <c>NAME_scale</c> [rows, 1]. Otherwise what <see cref="Load"/> gives.</summary>
    /// <param name="name">Full name.</param>
    /// <param name="shape">The shape that the model needs.</param>
    /// <param name="dtype">The element type that the model computes in.</param>
    /// <param name="device">The device wanted.</param>
    Tensor? LoadStored(string name, long[] shape, ScalarType dtype, Device device) => Load(name, shape, dtype, device);

    /// <summary>Whether the source has a parameter, told without reading its elements where the source can; it counts as asked for.</summary>
    /// <param name="name">Full name.</param>
    /// <param name="shape">The shape that the model needs; another one in the source is an error.</param>
    bool Holds(string name, long[] shape)
    {
        using Tensor? found = Load(name, shape, ScalarType.Float32, Device.Cpu);
        return found is not null;
    }

    /// <summary>Begins to read what will be asked for soon, without waiting; a hint.</summary>
    /// <param name="prefix">What the names begin with, such as <c>encoder.block.3.</c>.</param>
    void Prefetch(string prefix)
    {
    }

    /// <summary>Lets go of memory of parameters that will not be needed for a while: tensors over it stay good, their elements are read again
    /// from the file. A hint. Only for parameters that nobody has written to.</summary>
    /// <param name="prefix">What the names begin with.</param>
    void Release(string prefix)
    {
    }
}
