using System.Buffers.Binary;

namespace PixArt.Weights;

/// <summary>CRC-32 of zip (polynomial 0xEDB88320), eight bytes a step.</summary>
static class Crc32
{
    static readonly uint[] s_tables = MakeTables();

    /// <summary>Goes on from the sum of what came before (0 at the beginning).</summary>
    public static uint Append(uint before, ReadOnlySpan<byte> bytes)
    {
        var crc = ~before;
        var tables = s_tables;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[0x700 + (low & 0xff)] ^ tables[0x600 + ((low >> 8) & 0xff)]
                ^ tables[0x500 + ((low >> 16) & 0xff)] ^ tables[0x400 + (low >> 24)]
                ^ tables[0x300 + (high & 0xff)] ^ tables[0x200 + ((high >> 8) & 0xff)]
                ^ tables[0x100 + ((high >> 16) & 0xff)] ^ tables[high >> 24];
        }

        foreach (var b in bytes) crc = tables[(crc ^ b) & 0xff] ^ (crc >> 8);
        return ~crc;
    }

    // Table k of 256 entries gives the effect of a byte that k more zero bytes follow.
    static uint[] MakeTables()
    {
        var tables = new uint[8 * 256];
        for (var i = 0; i < 256; i++)
        {
            var crc = (uint)i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            tables[i] = crc;
        }

        for (var i = 256; i < tables.Length; i++) tables[i] = tables[tables[i - 256] & 0xff] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
