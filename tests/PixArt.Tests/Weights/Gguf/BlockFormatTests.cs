using PixArt.Weights;
using PixArt.Weights.Gguf;

namespace PixArt.Tests.Weights.Gguf;

public sealed class BlockFormatTests
{
    public static TheoryData<uint> Types => [.. GgufTypes.Packed.Select(f => f.Key)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Unpacking_gives_each_element_as_the_format_describes_it(uint number)
    {
        var format = GgufTypes.Find(number)!.Value.Blocks!;
        var random = new Random(7);
        var blocks = new byte[50 * format.Bytes];
        random.NextBytes(blocks);
        for (var at = 0; at < blocks.Length; at += format.Bytes) MakeScalesFinite(format, blocks.AsSpan(at, format.Bytes), random);

        var values = new float[50 * format.Elements];
        format.Unpack!(blocks, values);
        for (var i = 0; i < values.Length; i++)
        {
            var expected = BlockReference.Element(format.Name, blocks[(i / format.Elements * format.Bytes)..][..format.Bytes], i % format.Elements);
            Assert.True(Math.Abs(expected - values[i]) <= 1e-6 * Math.Max(1, Math.Abs(expected)), $"{format.Name} element {i}: {values[i]}, expected {expected}");
        }
    }

    // Random bits make infinite scales, which tell nothing: scales are drawn as numbers.
    static void MakeScalesFinite(BlockFormat format, Span<byte> block, Random random)
    {
        int[] places = format.Name switch
        {
            "Q4_0" or "Q5_0" or "Q8_0" => [0],
            "Q4_1" or "Q5_1" or "Q4_K" or "Q5_K" => [0, 2],
            "Q2_K" => [80, 82],
            "Q3_K" => [108],
            _ => [208],
        };
        foreach (var at in places) BitConverter.TryWriteBytes(block[at..], (Half)(random.NextDouble() * 4 - 2));
    }

    // d = 0.5; the first byte 0x2f: 15 - 8 = 7 and, sixteen later, 2 - 8 = -6.
    [Fact]
    public void Q4_0_by_hand()
    {
        var values = Unpack(2, [0x00, 0x38, 0x2f, .. new byte[14], 0x80]);
        Assert.Equal((3.5f, -3f, -4f, -4f), (values[0], values[16], values[1], values[15]));
        Assert.Equal(0f, values[31]);
    }

    // d = 0.5, m = -1: 15 / 2 - 1, 2 / 2 - 1.
    [Fact]
    public void Q4_1_by_hand()
    {
        var values = Unpack(3, [0x00, 0x38, 0x00, 0xbc, 0x2f, .. new byte[15]]);
        Assert.Equal((6.5f, 0f, -1f), (values[0], values[16], values[1]));
    }

    // d = 2; bits 0 and 31 of the fifth bits: 16 + 15 - 16 = 15, and 16 + 8 - 16 = 8.
    [Fact]
    public void Q5_0_by_hand()
    {
        var values = Unpack(6, [0x00, 0x40, 0x01, 0x00, 0x00, 0x80, 0x2f, .. new byte[14], 0x80]);
        Assert.Equal((30f, -28f, 16f), (values[0], values[16], values[31]));
    }

    // d = 2, m = 1.
    [Fact]
    public void Q5_1_by_hand()
    {
        var values = Unpack(7, [0x00, 0x40, 0x00, 0x3c, 0x01, 0x00, 0x00, 0x80, 0x2f, .. new byte[14], 0x80]);
        Assert.Equal((63f, 5f, 49f), (values[0], values[16], values[31]));
    }

    [Fact]
    public void Q8_0_by_hand()
    {
        var values = Unpack(8, [0x00, 0x38, 0x7f, 0x80, .. new byte[29], 0xff]);
        Assert.Equal((63.5f, -64f, 0f, -0.5f), (values[0], values[1], values[2], values[31]));
    }

    // d = 1, dmin = 0.5. Group 0: scale 3, minimum 2. Group 4: scale 4 + 16 (upper bits of byte 0 are 01), minimum 5 + 32 (byte 4: 10).
    [Fact]
    public void Q4_K_by_hand()
    {
        byte[] packed = [0x43, 0, 0, 0, 0x82, 0, 0, 0, 0x54, 0, 0, 0];
        var values = Unpack(12, [0x00, 0x3c, 0x00, 0x38, .. packed, 0x9a, .. new byte[63], 0x07, .. new byte[63]]);
        Assert.Equal(3 * 10 - 1f, values[0]);
        Assert.Equal(-1f, values[1]);
        Assert.Equal(0f, values[32]);
        Assert.Equal(20 * 7 - 18.5f, values[128]);
    }

    // As above, with the fifth bit of element 0 (bit 0 of its byte) and of element 128 (bit 4 of the same byte).
    [Fact]
    public void Q5_K_by_hand()
    {
        byte[] packed = [0x43, 0, 0, 0, 0x82, 0, 0, 0, 0x54, 0, 0, 0];
        var values = Unpack(13, [0x00, 0x3c, 0x00, 0x38, .. packed, 0x11, .. new byte[31], 0x9a, .. new byte[63], 0x07, .. new byte[63]]);
        Assert.Equal(3 * 26 - 1f, values[0]);
        Assert.Equal(20 * 23 - 18.5f, values[128]);
    }

    // d = 0.25. Element 0: 5 + 16 * 3 - 32 = 21, scale 2. Element 64, high half of the same byte: 10 + 16 * 1 - 32 = -6, scale -1.
    [Fact]
    public void Q6_K_by_hand()
    {
        byte[] scales = [2, 0, 0, 0, 0xff, .. new byte[11]];
        var values = Unpack(14, [0xa5, .. new byte[127], 0b00_01_00_11, .. new byte[63], .. scales, 0x00, 0x34]);
        Assert.Equal(10.5f, values[0]);
        Assert.Equal(1.5f, values[64]);
    }

    // d = 1, dmin = 1: group 0 has scale 5, minimum 1; group 2 (elements 32 to 47) scale 2: bits 2 and 3 of the first byte.
    [Fact]
    public void Q2_K_by_hand()
    {
        byte[] scales = [0x15, 0, 0x02, .. new byte[13]];
        var values = Unpack(10, [.. scales, 0b00_00_01_11, .. new byte[63], 0x00, 0x3c, 0x00, 0x3c]);
        Assert.Equal((14f, -1f, 2f), (values[0], values[1], values[32]));
    }

    // d = 1. Scale of group 0: 1 + 16 * 2 - 32 = 1. Element 0: 3, its third bit set; element 1: 0 - 4.
    [Fact]
    public void Q3_K_by_hand()
    {
        byte[] packed = [0x01, .. new byte[7], 0x02, 0, 0, 0];
        var values = Unpack(11, [0x01, .. new byte[31], 0x03, .. new byte[63], .. packed, 0x00, 0x3c]);
        Assert.Equal((3f, -4f), (values[0], values[1]));
        Assert.Equal(128f, values[16]); // scale 0 - 32, number 0 - 4
    }

    [Fact]
    public void Q8_0_gives_back_what_was_packed_within_half_a_step()
    {
        var random = new Random(3);
        var values = Array.ConvertAll(new float[32 * 100], _ => (float)(random.NextDouble() * 2 - 1));
        var unpacked = new float[values.Length];
        GgufTypes.Find(8)!.Value.Blocks!.Unpack!(Quantizer.Q8(values), unpacked);
        for (var block = 0; block < values.Length; block += 32)
        {
            var step = values.Skip(block).Take(32).Max(MathF.Abs) / 127;
            // Half a step, and the scale's own rounding to float16 over at most 127 steps.
            for (var i = block; i < block + 32; i++) Assert.InRange(Math.Abs(values[i] - unpacked[i]), 0, 0.5 * step + 127 * step / 2048);
        }
    }

    static float[] Unpack(uint type, byte[] block)
    {
        var format = GgufTypes.Find(type)!.Value.Blocks!;
        Assert.Equal(format.Bytes, block.Length);
        var values = new float[format.Elements];
        format.Unpack!(block, values);
        return values;
    }
}
