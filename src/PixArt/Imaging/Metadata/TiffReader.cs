using System.Buffers.Binary;

namespace PixArt.Imaging.Metadata;

/// <summary>Finds fields in a TIFF block; every offset is checked.</summary>
readonly ref struct TiffReader
{
    const int EntryLength = 12;
    readonly ReadOnlySpan<byte> _block;

    public TiffReader(ReadOnlySpan<byte> block)
    {
        _block = block;
        IsBigEndian = block.StartsWith("MM\0*"u8);
        if (!IsBigEndian && !block.StartsWith("II*\0"u8)) throw new InvalidDataException("no TIFF header");
        FirstFolder = UInt32(4);
    }

    public bool IsBigEndian { get; }

    public uint FirstFolder { get; }

    /// <summary>Where the value of a tag lies in the block; null when the folder lacks it.</summary>
    public Range? Find(uint folder, ushort tag)
    {
        var count = UInt16(folder);
        for (var i = 0; i < count; i++)
        {
            var entry = folder + 2L + i * EntryLength;
            if (UInt16(entry) != tag) continue;
            var length = UInt32(entry + 4) * TypeLength(UInt16(entry + 2));
            var start = length <= 4 ? entry + 8 : UInt32(entry + 8);
            Check(start, length);
            return (int)start..(int)(start + length);
        }

        return null;
    }

    public uint UInt32(long at)
    {
        Check(at, 4);
        var bytes = _block[(int)at..];
        return IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    ushort UInt16(long at)
    {
        Check(at, 2);
        var bytes = _block[(int)at..];
        return IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    static long TypeLength(ushort type) => type switch { 3 or 8 => 2, 4 or 9 or 11 or 13 => 4, 5 or 10 or 12 => 8, _ => 1 };

    void Check(long at, long length)
    {
        if (at < 0 || length > _block.Length - at) throw new InvalidDataException($"an offset of {at} passes the end");
    }
}
