using PixArt.Weights.Gguf;

namespace PixArt.Weights;

/// <summary>One tensor of a weight file: what it is and where its bytes are.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Shape">Its dimensions; empty for a scalar.</param>
/// <param name="Offset">First byte, from the beginning of the file.</param>
/// <param name="ByteCount">Number of bytes of its elements.</param>
public sealed record StoredTensor(string Name, StoredType Type, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>Steps between neighbours along each dimension, in elements; null when the elements lie in row-major order
    /// without gaps, as they always do in safetensors.</summary>
    public IReadOnlyList<long>? Strides { get; init; }

    /// <summary>How the elements are packed in the file, where they are (GGUF): <see cref="Type"/> and <see cref="ByteCount"/> are then
    /// those of the unpacked elements.</summary>
    internal BlockFormat? Blocks { get; init; }

    /// <summary>Bytes that the elements take in the file: fewer than <see cref="ByteCount"/> where they are packed.</summary>
    public long StoredBytes => Blocks?.BytesOf(Count) ?? ByteCount;

    /// <summary>The type as the file names it, for example <c>BF16</c>, or <c>Q8_0</c> where elements are packed.</summary>
    public string TypeName => Blocks?.Name ?? Type.Name();

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Shape as PyTorch shows it, for messages: <c>[3, 4]</c>.</summary>
    public string ShapeText => ShowShape(Shape);

    internal static string ShowShape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
