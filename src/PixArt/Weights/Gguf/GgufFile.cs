using System.Collections.ObjectModel;

namespace PixArt.Weights.Gguf;

/// <summary>A GGUF file of version 2 or 3, memory-mapped: opening reads the header only. Packed tensors count as float32 and are
/// unpacked when they are asked for, each by itself.</summary>
sealed class GgufFile : WeightsFile
{
    readonly GgufHeader _header;

    GgufFile(MappedFile file, GgufHeader header) : base(file) => _header = header;

    public override IReadOnlyDictionary<string, StoredTensor> Tensors => new ReadOnlyDictionary<string, StoredTensor>(_header.Tensors);

    public override IReadOnlyDictionary<string, string> Metadata => new ReadOnlyDictionary<string, string>(_header.Metadata);

    public static bool Recognises(MappedFile file) => file.Length >= 4 && file.Span(0, 4).SequenceEqual("GGUF"u8);

    /// <summary>Reads the header of a mapped file; the caller disposes the mapping if this throws.</summary>
    public static new GgufFile Open(MappedFile file) => new(file, GgufHeader.Read(file));
}
