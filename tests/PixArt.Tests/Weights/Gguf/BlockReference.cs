namespace PixArt.Tests.Weights.Gguf;

/// <summary>What one element of a packed tensor is, straight from ggml's description of its blocks: element by element, each with its
/// own bit arithmetic, in double precision. Slow and plain on purpose.</summary>
static class BlockReference
{
    public static double Element(string type, byte[] block, int i) => type switch
    {
        "Q4_0" => F16(block, 0) * (Nibble(block, 2, i, 16) - 8),
        "Q4_1" => F16(block, 0) * Nibble(block, 4, i, 16) + F16(block, 2),
        "Q5_0" => F16(block, 0) * (Nibble(block, 6, i, 16) + 16 * Bit(block, 2, i) - 16),
        "Q5_1" => F16(block, 0) * (Nibble(block, 8, i, 16) + 16 * Bit(block, 4, i)) + F16(block, 2),
        "Q8_0" => F16(block, 0) * unchecked((sbyte)block[2 + i]),
        "Q2_K" => F16(block, 80) * (block[i / 16] % 16) * Two(block, 16, i) - F16(block, 82) * (block[i / 16] / 16),
        "Q3_K" => F16(block, 108) * (SixBit3(block, i / 16) - 32) * (Two(block, 32, i) - (Bit(block, 0, i % 32 * 8 + i / 32) == 1 ? 0 : 4)),
        "Q4_K" => F16(block, 0) * Scale(block, 4, i / 32) * Nibble(block, 16 + i / 64 * 32, i % 64, 32) - F16(block, 2) * Minimum(block, 4, i / 32),
        "Q5_K" => F16(block, 0) * Scale(block, 4, i / 32) * (Nibble(block, 48 + i / 64 * 32, i % 64, 32) + 16 * Bit(block, 16, i % 32 * 8 + i / 32))
            - F16(block, 2) * Minimum(block, 4, i / 32),
        "Q6_K" => F16(block, 208) * unchecked((sbyte)block[192 + i / 16]) * (Nibble6(block, i) + 16 * Two(block, 128, i) - 32),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    static double F16(byte[] block, int at) => (double)BitConverter.ToHalf(block, at);

    // Element i of 2 * half: the first half in the low nibbles, the second in the high ones.
    static int Nibble(byte[] block, int at, int i, int half) => i < half ? block[at + i] % 16 : block[at + i - half] / 16;

    // Bit number i, the lowest bit of the first byte being number 0.
    static int Bit(byte[] block, int at, int i) => block[at + i / 8] >> (i % 8) & 1;

    // Of each 128 elements, the first 32 lie in the lowest two bits of 32 bytes, the next in the next two, and so on.
    static int Two(byte[] block, int at, int i) => block[at + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;

    // Of each 128 elements, 64 lie in the low nibbles of 64 bytes, 64 in the high ones.
    static int Nibble6(byte[] block, int i) => Nibble(block, i / 128 * 64, i % 128, 64);

    // Sixteen six-bit numbers in twelve bytes: low nibbles in bytes 0 to 7, the high two bits in bytes 8 to 11.
    static int SixBit3(byte[] block, int j) => Nibble(block, 96, j, 8) + 16 * (block[104 + j % 4] >> (j / 4 * 2) & 3);

    static int Scale(byte[] block, int at, int j) => j < 4 ? block[at + j] % 64 : block[at + j + 4] % 16 + 16 * (block[at + j - 4] / 64);

    static int Minimum(byte[] block, int at, int j) => j < 4 ? block[at + j + 4] % 64 : block[at + j + 4] / 16 + 16 * (block[at + j] / 64);
}
