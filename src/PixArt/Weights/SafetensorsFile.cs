namespace PixArt.Weights;

/// <summary>A safetensors file, memory-mapped: opening reads the header only, and every tensor's bytes are a window into the
/// file. Nothing is copied and nothing is executed; a malformed file is refused on opening.</summary>
public sealed class SafetensorsFile : IDisposable
{
    readonly MappedFile _file;
    readonly SafetensorsHeader _header;

    SafetensorsFile(MappedFile file, SafetensorsHeader header)
    {
        _file = file;
        _header = header;
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Length of the file, bytes.</summary>
    public long Length => _file.Length;

    /// <summary>Name → tensor.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _header.Tensors;

    /// <summary>The free text entries of the header; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    internal MappedFile Mapping => _file;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightsException">It is not there, cannot be read, or breaks a promise of the format;
    /// <see cref="WeightsException.Kind"/> says which.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            var lengthBytes = file.Span(0, Math.Min(8, file.Length));
            var jsonLength = SafetensorsHeader.JsonLength(path, lengthBytes, file.Length);
            return new SafetensorsFile(file, SafetensorsHeader.Parse(path, file.Span(0, 8 + jsonLength), file.Length));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="WeightsException">The file has no such tensor.</exception>
    public StoredTensor this[string name] => _header.Tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new WeightsException(WeightsErrorKind.TensorNotFound, Path, name, $"is not among the file's {_header.Tensors.Count}");

    /// <summary>The bytes of a tensor, little-endian, row-major; valid until the file is disposed.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="WeightsException">The file has no such tensor, or it is larger than 2 GiB
    /// (<see cref="WeightsErrorKind.UnsupportedType"/>).</exception>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var tensor = this[name];
        if (tensor.ByteCount > int.MaxValue)
        {
            throw new WeightsException(
                WeightsErrorKind.UnsupportedType, Path, name, $"has {tensor.ByteCount} bytes, more than one span can show");
        }

        return _file.Span(tensor.Offset, tensor.ByteCount);
    }

    /// <summary>Closes the file. Tensors that were made over its memory keep the mapping until they are gone.</summary>
    public void Dispose() => _file.Dispose();
}
