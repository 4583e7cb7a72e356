using System.Runtime.InteropServices;
using PixArt.Weights.Gguf;
using PixArt.Weights.PyTorch;

namespace PixArt.Weights;

/// <summary>An open weight file of any kind: named tensors whose bytes are windows into the memory-mapped file.</summary>
public abstract class WeightsFile : IDisposable
{
    private protected WeightsFile(MappedFile file) => Mapping = file;

    /// <summary>The file.</summary>
    public string Path => Mapping.Path;

    /// <summary>Length of the file, bytes.</summary>
    public long Length => Mapping.Length;

    /// <summary>Name → tensor.</summary>
    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>What the file says beside its tensors, as text; empty when it says nothing.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    internal MappedFile Mapping { get; }

    /// <summary>Whether elements lie with their highest byte first.</summary>
    internal virtual bool IsBigEndian => false;

    /// <summary>Opens a file; its first bytes tell which kind it is, not its name.</summary>
    /// <param name="path">A safetensors file, a PyTorch file (<c>.pth</c>, <c>.pt</c>, <c>.bin</c>, <c>.ckpt</c>), or a GGUF file.</param>
    /// <exception cref="WeightsException">It is not there, cannot be read, or is malformed.</exception>
    public static WeightsFile Open(string path) => Open(new MappedFile(path));

    /// <summary>Takes over a mapping, also when it throws.</summary>
    internal static WeightsFile Open(MappedFile file)
    {
        try
        {
            if (GgufFile.Recognises(file)) return GgufFile.Open(file);
            return PickleFile.Recognises(file) ? PickleFile.Open(file, null) : SafetensorsFile.Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="WeightsException">The file has no such tensor.</exception>
    public StoredTensor this[string name] => Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new WeightsException(
            WeightsErrorKind.TensorNotFound, Path, name, $"is not among the {Tensors.Count} tensors of the file");

    /// <summary>The bytes of a tensor as they lie in the file (row-major; little-endian but for files of other machines), valid
    /// until the file is disposed.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="WeightsException">The file has no such tensor, or it is packed or no single run of bytes below 2 GiB
    /// (<see cref="WeightsErrorKind.UnsupportedType"/>): use <see cref="CopyTo(string, Span{byte})"/>.</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var tensor = this[name];
        if (tensor.ByteCount > int.MaxValue || tensor.Strides is not null || tensor.Blocks is not null)
        {
            throw new WeightsException(
                WeightsErrorKind.UnsupportedType, Path, name, $"{tensor.ByteCount} bytes of {tensor.TypeName} are not one run below 2 GiB");
        }

        return Mapping.Span(tensor.Offset, tensor.ByteCount);
    }

    /// <summary>Copies a tensor's elements, row-major and little-endian whatever the file has.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">Exactly its number of bytes.</param>
    /// <exception cref="WeightsException">The file has no such tensor.</exception>
    public unsafe void CopyTo(string name, Span<byte> destination)
    {
        var tensor = this[name];
        if (destination.Length != tensor.ByteCount)
            throw new ArgumentException($"{destination.Length} bytes for a tensor of {tensor.ByteCount}", nameof(destination));
        fixed (byte* first = destination) CopyTo(tensor, first);
    }

    internal unsafe void CopyTo(StoredTensor tensor, byte* destination)
    {
        if (tensor.ByteCount == 0) return;
        if (tensor.Blocks is not null)
        {
            BlockReading.Unpack(Mapping, tensor, (float*)destination);
            return;
        }

        StridedCopy.Run((byte*)Mapping.Address(tensor.Offset), tensor, destination);
        if (IsBigEndian) StridedCopy.Swap(destination, tensor.ByteCount, tensor.Type.SwapUnit());
    }

    /// <summary>Writes a tensor's elements, row-major and little-endian.</summary>
    internal unsafe void Write(StoredTensor tensor, Stream stream)
    {
        const int piece = 1 << 24;
        if (tensor.Blocks is not null)
        {
            BlockReading.Write(Mapping, tensor, stream);
            return;
        }

        if (tensor.Strides is null && !IsBigEndian)
        {
            for (var done = 0L; done < tensor.ByteCount; done += piece)
                stream.Write(Mapping.Span(tensor.Offset + done, Math.Min(piece, tensor.ByteCount - done)));
            return;
        }

        var copy = (byte*)NativeMemory.Alloc((nuint)tensor.ByteCount);
        try
        {
            CopyTo(tensor, copy);
            for (var done = 0L; done < tensor.ByteCount; done += piece)
                stream.Write(new ReadOnlySpan<byte>(copy + done, (int)Math.Min(piece, tensor.ByteCount - done)));
        }
        finally
        {
            NativeMemory.Free(copy);
        }
    }

    /// <summary>Closes the file. Tensors that were made over its memory keep the mapping until they are gone.</summary>
    public void Dispose()
    {
        Mapping.Dispose();
        GC.SuppressFinalize(this);
    }
}
