using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Weights.Gguf;

/// <summary>Unpacks tensors piece by piece, never more than a piece at once beside the result.</summary>
static unsafe class BlockReading
{
    // Elements; a multiple of every block.
    const int Piece = 1 << 16;

    /// <summary>Unpacks into float32 elements.</summary>
    public static void Unpack(MappedFile file, StoredTensor tensor, float* destination) =>
        EachPiece(file, tensor, (blocks, first, count) => Unpacker(file, tensor)(blocks, new Span<float>(destination + first, count)));

    /// <summary>Unpacks into float32, float16 or bfloat16 elements.</summary>
    public static void Unpack(MappedFile file, StoredTensor tensor, ScalarType type, void* destination)
    {
        if (type == ScalarType.Float32)
        {
            Unpack(file, tensor, (float*)destination);
            return;
        }

        EachPiece(file, tensor, (blocks, first, count) =>
        {
            var wide = new float[count];
            Unpacker(file, tensor)(blocks, wide);
            if (type == ScalarType.Float16)
            {
                var to = new Span<Half>((Half*)destination + first, count);
                for (var i = 0; i < wide.Length; i++) to[i] = (Half)wide[i];
            }
            else
            {
                var to = new Span<ushort>((ushort*)destination + first, count);
                for (var i = 0; i < wide.Length; i++) to[i] = BFloat16(wide[i]);
            }
        });
    }

    /// <summary>Writes the elements as float32.</summary>
    public static void Write(MappedFile file, StoredTensor tensor, Stream stream)
    {
        var blocks = tensor.Blocks!;
        var wide = new float[Math.Min(Piece, tensor.Count)];
        for (var first = 0L; first < tensor.Count; first += Piece)
        {
            var count = (int)Math.Min(Piece, tensor.Count - first);
            Unpacker(file, tensor)(Source(file, tensor, blocks, first, count), wide.AsSpan(0, count));
            stream.Write(MemoryMarshal.AsBytes(wide.AsSpan(0, count)));
        }
    }

    delegate void PieceAction(ReadOnlySpan<byte> blocks, long first, int count);

    static void EachPiece(MappedFile file, StoredTensor tensor, PieceAction action)
    {
        _ = Unpacker(file, tensor);
        var blocks = tensor.Blocks!;
        var pieces = (int)((tensor.Count + Piece - 1) / Piece);
        void One(int piece)
        {
            var first = (long)piece * Piece;
            var count = (int)Math.Min(Piece, tensor.Count - first);
            action(Source(file, tensor, blocks, first, count), first, count);
        }

        if (pieces == 1) One(0);
        else Parallel.For(0, pieces, One);
    }

    static ReadOnlySpan<byte> Source(MappedFile file, StoredTensor tensor, BlockFormat blocks, long first, int count) =>
        file.Span(tensor.Offset + blocks.BytesOf(first), blocks.BytesOf(count));

    static BlockFormat.Unpacker Unpacker(MappedFile file, StoredTensor tensor) => tensor.Blocks!.Unpack ?? throw new WeightsException(
        WeightsErrorKind.UnsupportedType, file.Path, tensor.Name, $"has type {tensor.Blocks.Name}; of the packed types {GgufTypes.Readable} can be read");

    // Rounds to the nearest, ties to even; NaN stays NaN.
    static ushort BFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
