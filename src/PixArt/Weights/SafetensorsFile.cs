namespace PixArt.Weights;

/// <summary>A safetensors file, memory-mapped: opening reads the header only, and every tensor's bytes are a window into the
/// file. Nothing is copied and nothing is executed; a malformed file is refused on opening.</summary>
public sealed class SafetensorsFile : WeightsFile
{
    readonly SafetensorsHeader _header;

    SafetensorsFile(MappedFile file, SafetensorsHeader header) : base(file) => _header = header;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _header.Tensors;

    /// <summary>The free text entries of the header; empty when there are none.</summary>
    public override IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightsException">It is not there, cannot be read, or breaks a promise of the format;
    /// <see cref="WeightsException.Kind"/> says which.</exception>
    public static new SafetensorsFile Open(string path)
    {
        var file = new MappedFile(path);
        try
        {
            return Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the header of a file that is mapped already; the caller disposes the mapping if this throws.</summary>
    internal static new SafetensorsFile Open(MappedFile file)
    {
        var jsonLength = SafetensorsHeader.JsonLength(file.Path, file.Span(0, Math.Min(8, file.Length)), file.Length);
        return new SafetensorsFile(file, SafetensorsHeader.Parse(file.Path, file.Span(0, 8 + jsonLength), file.Length));
    }
}
