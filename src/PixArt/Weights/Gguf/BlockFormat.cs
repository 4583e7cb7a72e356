namespace PixArt.Weights.Gguf;

/// <summary>How numbers are packed: so many elements in so many bytes, one block after another.</summary>
/// <param name="Name">ggml's name, for example <c>Q4_K</c>.</param>
/// <param name="Elements">Numbers of a block: 32 or 256.</param>
/// <param name="Bytes">Bytes of a block.</param>
/// <param name="Unpack">Gives the numbers of whole blocks; null where that is not known here.</param>
sealed record BlockFormat(string Name, int Elements, int Bytes, BlockFormat.Unpacker? Unpack)
{
    /// <summary>Gives the numbers of whole blocks.</summary>
    public delegate void Unpacker(ReadOnlySpan<byte> blocks, Span<float> values);

    /// <summary>Bytes that so many elements (a multiple of a block's) take.</summary>
    public long BytesOf(long elements) => elements / Elements * Bytes;
}
