using static PixArt.Weights.Gguf.SimpleBlocks;

namespace PixArt.Weights.Gguf;

/// <summary>ggml's blocks of 256 numbers in groups of 16 or 32; each group has a small scale (and minimum) of its own, times the
/// block's. Numbers whose bits lie in one byte are 32 apart.</summary>
static class SuperBlocks
{
    const int Size = 256;

    /// <summary>Q2_K: 16 bytes with scale and minimum of each group of 16, 64 bytes of two bits, d, dmin.</summary>
    public static void Q2(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[84..], values = values[Size..])
        {
            var scales = blocks[..16];
            var bits = blocks.Slice(16, 64);
            var d = Float16(blocks[80..]);
            var least = Float16(blocks[82..]);
            for (var group = 0; group < 16; group++)
            {
                var (scale, minimum) = (d * (scales[group] & 15), least * (scales[group] >> 4));
                var (shift, from) = (group / 2 % 4 * 2, (group / 8 * 32) + (group % 2 * 16));
                for (var i = 0; i < 16; i++) values[(group * 16) + i] = (scale * ((bits[from + i] >> shift) & 3)) - minimum;
            }
        }
    }

    /// <summary>Q3_K: 32 bytes of third bits, 64 bytes of two bits, 12 bytes with a six-bit scale of each group of 16, d.</summary>
    public static void Q3(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        Span<int> scales = stackalloc int[16];
        for (; values.Length > 0; blocks = blocks[110..], values = values[Size..])
        {
            var high = blocks[..32];
            var bits = blocks.Slice(32, 64);
            var packed = blocks.Slice(96, 12);
            var d = Float16(blocks[108..]);
            for (var group = 0; group < 16; group++)
            {
                // Low four bits: the first eight bytes, low halves first; high two bits: the last four bytes.
                var low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
                scales[group] = (low | (((packed[8 + (group % 4)] >> (group / 4 * 2)) & 3) << 4)) - 32;
            }

            for (var group = 0; group < 16; group++)
            {
                var (scale, column) = (d * scales[group], group % 2 * 16);
                var (shift, from, bit) = (group / 2 % 4 * 2, (group / 8 * 32) + column, group / 2);
                for (var i = 0; i < 16; i++)
                {
                    var borrowed = ((high[column + i] >> bit) & 1) == 0 ? 4 : 0;
                    values[(group * 16) + i] = scale * (((bits[from + i] >> shift) & 3) - borrowed);
                }
            }
        }
    }

    /// <summary>Q4_K: d, dmin, 12 bytes with six-bit scale and minimum of each group of 32, 128 bytes of four bits.</summary>
    public static void Q4(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[144..], values = values[Size..])
        {
            var d = Float16(blocks);
            var least = Float16(blocks[2..]);
            var packed = blocks.Slice(4, 12);
            var bits = blocks.Slice(16, 128);
            for (var group = 0; group < 8; group++)
            {
                var (scale, minimum) = (d * Scale(packed, group), least * Minimum(packed, group));
                var shift = group % 2 * 4;
                var from = bits.Slice(group / 2 * 32, 32);
                var to = values.Slice(group * 32, 32);
                for (var i = 0; i < 32; i++) to[i] = (scale * ((from[i] >> shift) & 15)) - minimum;
            }
        }
    }

    /// <summary>Q5_K: as Q4_K, with 32 bytes of fifth bits before the four bits.</summary>
    public static void Q5(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[176..], values = values[Size..])
        {
            var d = Float16(blocks);
            var least = Float16(blocks[2..]);
            var packed = blocks.Slice(4, 12);
            var high = blocks.Slice(16, 32);
            var bits = blocks.Slice(48, 128);
            for (var group = 0; group < 8; group++)
            {
                var (scale, minimum) = (d * Scale(packed, group), least * Minimum(packed, group));
                var shift = group % 2 * 4;
                var from = bits.Slice(group / 2 * 32, 32);
                var to = values.Slice(group * 32, 32);
                for (var i = 0; i < 32; i++)
                    to[i] = (scale * (((from[i] >> shift) & 15) | (((high[i] >> group) & 1) << 4))) - minimum;
            }
        }
    }

    /// <summary>Q6_K: 128 bytes of four bits, 64 bytes of two bits, a signed scale of each group of 16, d.</summary>
    public static void Q6(ReadOnlySpan<byte> blocks, Span<float> values)
    {
        for (; values.Length > 0; blocks = blocks[210..], values = values[Size..])
        {
            var low = blocks[..128];
            var high = blocks.Slice(128, 64);
            var scales = blocks.Slice(192, 16);
            var d = Float16(blocks[208..]);
            for (var run = 0; run < 8; run++)
            {
                // Runs of 32: two share the bytes of four bits, four those of two bits, within each half of the block.
                var (side, part) = (run / 4, run % 4);
                var four = low.Slice((side * 64) + (part % 2 * 32), 32);
                var two = high.Slice(side * 32, 32);
                var to = values.Slice(run * 32, 32);
                for (var i = 0; i < 32; i++)
                {
                    var q = ((four[i] >> (part / 2 * 4)) & 15) | (((two[i] >> (part * 2)) & 3) << 4);
                    to[i] = d * (sbyte)scales[(run * 2) + (i / 16)] * (q - 32);
                }
            }
        }
    }

    // Twelve bytes: six bits of four scales, of four minima, then the low halves of the other four pairs, whose upper bits are the
    // upper bits of the first eight bytes.
    static int Scale(ReadOnlySpan<byte> packed, int group) =>
        group < 4 ? packed[group] & 63 : (packed[group + 4] & 15) | (packed[group - 4] >> 6 << 4);

    static int Minimum(ReadOnlySpan<byte> packed, int group) =>
        group < 4 ? packed[group + 4] & 63 : (packed[group + 4] >> 4) | (packed[group] >> 6 << 4);
}
