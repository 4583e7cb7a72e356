using System.Buffers.Binary;

namespace PixArt.Weights.Gguf;

/// <summary>ggml's blocks of 32 numbers with one scale. Where a byte holds two numbers, its low half is number i and its high half
/// number i + 16.</summary>
static class SimpleBlocks
{
    const int Size = 32;
    const int Half = Size / 2;

    /// <summary>Q4_0: scale, 16 bytes; d (q - 8).</summary>
    public static void Q4Symmetric(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[18..], values = values[Size..])
        {
            var d = Float16(blocks);
            var q = blocks.Slice(2, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = d * ((q[i] & 15) - 8);
                values[i + Half] = d * ((q[i] >> 4) - 8);
            }
        }
    }

    /// <summary>Q4_1: scale, minimum, 16 bytes; d q + m.</summary>
    public static void Q4Affine(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[20..], values = values[Size..])
        {
            var d = Float16(blocks);
            var m = Float16(blocks[2..]);
            var q = blocks.Slice(4, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = (d * (q[i] & 15)) + m;
                values[i + Half] = (d * (q[i] >> 4)) + m;
            }
        }
    }

    /// <summary>Q5_0: scale, 32 fifth bits, 16 bytes; d (q - 16).</summary>
    public static void Q5Symmetric(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[22..], values = values[Size..])
        {
            var d = Float16(blocks);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(blocks[2..]);
            var q = blocks.Slice(6, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = d * (((q[i] & 15) | Fifth(high, i)) - 16);
                values[i + Half] = d * (((q[i] >> 4) | Fifth(high, i + Half)) - 16);
            }
        }
    }

    /// <summary>Q5_1: scale, minimum, 32 fifth bits, 16 bytes; d q + m.</summary>
    public static void Q5Affine(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[24..], values = values[Size..])
        {
            var d = Float16(blocks);
            var m = Float16(blocks[2..]);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(blocks[4..]);
            var q = blocks.Slice(8, Half);
            for (var i = 0; i < Half; i++)
            {
                values[i] = (d * ((q[i] & 15) | Fifth(high, i))) + m;
                values[i + Half] = (d * ((q[i] >> 4) | Fifth(high, i + Half))) + m;
            }
        }
    }

    /// <summary>Q8_0: scale, 32 signed bytes; d q.</summary>
    public static void Q8Symmetric(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[34..], values = values[Size..])
        {
            var d = Float16(blocks);
            var q = blocks.Slice(2, Size);
            for (var i = 0; i < Size; i++) values[i] = d * (sbyte)q[i];
        }
    }

    internal static float Float16(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    static int Fifth(uint bits, int index) => (int)((bits >> index) & 1) << 4;
}
