namespace PixArt.Weights;

/// <summary>One tensor for <see cref="SafetensorsWriter"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Type of its elements.</param>
/// <param name="Shape">Its dimensions; empty for a scalar.</param>
/// <param name="WriteBytes">Writes its elements, little-endian, row-major. Called once, when the tensor's turn has come, so
/// that a file larger than memory can be written.</param>
public sealed record TensorToWrite(string Name, StoredType Type, IReadOnlyList<long> Shape, Action<Stream> WriteBytes)
{
    /// <summary>A tensor whose bytes are at hand.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="bytes">Its elements, little-endian, row-major.</param>
    public static TensorToWrite FromBytes(string name, StoredType type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes) =>
        new(name, type, shape, stream => stream.Write(bytes.Span));
}
