using PixArt.Torch;

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

    /// <summary>A tensor as it is; it is copied to the CPU and made contiguous when its turn comes. It must live until then.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">Its elements, of any device.</param>
    /// <param name="type">The type to store it as; null: its own.</param>
    public static TensorToWrite FromTensor(string name, Tensor tensor, ScalarType? type = null) =>
        new(name, (type ?? tensor.DType).ToStoredType(), tensor.Shape, stream => WriteElements(stream, tensor, type ?? tensor.DType));

    /// <summary>A tensor that is made when its turn comes, and disposed after.</summary>
    internal static TensorToWrite FromLoader(string name, ScalarType type, IReadOnlyList<long> shape, Func<Tensor> load) =>
        new(name, type.ToStoredType(), shape, stream =>
        {
            using var tensor = load();
            WriteElements(stream, tensor, type);
        });

    static unsafe void WriteElements(Stream stream, Tensor tensor, ScalarType type)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        var plain = tensor.Detach().To(Device.Cpu, type).Contiguous();
        var start = (byte*)plain.DataPointer;
        var bytes = plain.Count * type.ByteSize();
        for (var done = 0L; done < bytes; done += 1 << 24)
            stream.Write(new ReadOnlySpan<byte>(start + done, (int)Math.Min(bytes - done, 1 << 24)));
    }
}
