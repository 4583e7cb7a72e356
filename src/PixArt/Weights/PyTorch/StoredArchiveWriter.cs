using System.Buffers.Binary;
using System.Text;

namespace PixArt.Weights.PyTorch;

/// <summary>Writes the zip container as PyTorch does: stored entries whose data begin on multiples of 64, sums and sizes after
/// the data, a zip64 end record always.</summary>
sealed class StoredArchiveWriter
{
    const int Alignment = 64;

    // Bit 3: sum and size follow the data; bit 11: names are UTF-8.
    const ushort Flags = 0x0808;

    readonly CountingStream _out;
    readonly long _wideFrom;
    readonly List<(byte[] Name, uint Sum, long Size, long Local)> _entries = [];

    /// <summary>Begins an archive.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="wideFrom">Sizes and places from this on are written as zip64; tests ask for it early.</param>
    public StoredArchiveWriter(Stream stream, long wideFrom = uint.MaxValue)
    {
        _out = new CountingStream(stream, sum: false);
        _wideFrom = wideFrom;
    }

    /// <summary>Writes an entry; <paramref name="size"/> must be what <paramref name="write"/> gives.</summary>
    public long Add(string name, long size, Action<Stream> write)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var local = _out.Position;
        var large = size >= _wideFrom;
        var zip64 = large ? 20 : 0;
        var start = local + 30 + utf8.Length + zip64 + 4;
        var padding = (int)((Alignment - (start % Alignment)) % Alignment);

        Span<byte> head = stackalloc byte[30];
        head.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, 0x04034b50);
        BinaryPrimitives.WriteUInt16LittleEndian(head[6..], Flags);
        if (large) head[18..26].Fill(0xff);
        BinaryPrimitives.WriteUInt16LittleEndian(head[26..], (ushort)utf8.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(head[28..], (ushort)(zip64 + 4 + padding));
        _out.Write(head);
        _out.Write(utf8);
        if (large) WriteZip64([size, size]);
        Span<byte> extra = stackalloc byte[4 + Alignment];
        extra.Fill((byte)'Z');
        "FB"u8.CopyTo(extra);
        BinaryPrimitives.WriteUInt16LittleEndian(extra[2..], (ushort)padding);
        _out.Write(extra[..(4 + padding)]);

        var data = new CountingStream(_out, sum: true);
        write(data);
        Span<byte> after = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(after, 0x08074b50);
        BinaryPrimitives.WriteUInt32LittleEndian(after[4..], data.Sum);
        BinaryPrimitives.WriteInt64LittleEndian(after[8..], size);
        if (large) BinaryPrimitives.WriteInt64LittleEndian(after[16..], size);
        else BinaryPrimitives.WriteInt32LittleEndian(after[12..], (int)(uint)size);
        _out.Write(after[..(large ? 24 : 16)]);
        _entries.Add((utf8, data.Sum, size, local));
        return data.Position;
    }

    /// <summary>Writes the directory.</summary>
    public void Finish()
    {
        var start = _out.Position;
        Span<byte> head = stackalloc byte[46];
        foreach (var (name, sum, size, local) in _entries)
        {
            long[] wide = [.. new[] { size, size, local }.Where(n => n >= _wideFrom)];
            head.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(head, 0x02014b50);
            BinaryPrimitives.WriteUInt16LittleEndian(head[8..], Flags);
            BinaryPrimitives.WriteUInt32LittleEndian(head[16..], sum);
            BinaryPrimitives.WriteUInt32LittleEndian(head[20..], Narrow(size));
            BinaryPrimitives.WriteUInt32LittleEndian(head[24..], Narrow(size));
            BinaryPrimitives.WriteUInt16LittleEndian(head[28..], (ushort)name.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(head[30..], (ushort)(wide.Length == 0 ? 0 : 4 + (8 * wide.Length)));
            BinaryPrimitives.WriteUInt32LittleEndian(head[42..], Narrow(local));
            _out.Write(head);
            _out.Write(name);
            if (wide.Length > 0) WriteZip64(wide);
        }

        WriteEnd(start, _out.Position - start);
    }

    // What does not fit is all ones, and the zip64 fields have it.
    uint Narrow(long number) => number >= _wideFrom ? uint.MaxValue : (uint)number;

    void WriteZip64(ReadOnlySpan<long> numbers)
    {
        Span<byte> field = stackalloc byte[4 + (8 * 3)];
        BinaryPrimitives.WriteUInt16LittleEndian(field, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(field[2..], (ushort)(8 * numbers.Length));
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(field[(4 + (8 * i))..], numbers[i]);
        _out.Write(field[..(4 + (8 * numbers.Length))]);
    }

    void WriteEnd(long start, long length)
    {
        var end64 = _out.Position;
        Span<byte> record = stackalloc byte[56 + 20 + 22];
        record.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(record, 0x06064b50);
        BinaryPrimitives.WriteInt64LittleEndian(record[4..], 44);
        BinaryPrimitives.WriteUInt16LittleEndian(record[12..], 0x031e);
        BinaryPrimitives.WriteUInt16LittleEndian(record[14..], 45);
        BinaryPrimitives.WriteInt64LittleEndian(record[24..], _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(record[32..], _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(record[40..], length);
        BinaryPrimitives.WriteInt64LittleEndian(record[48..], start);

        var locator = record[56..];
        BinaryPrimitives.WriteUInt32LittleEndian(locator, 0x07064b50);
        BinaryPrimitives.WriteInt64LittleEndian(locator[8..], end64);
        BinaryPrimitives.WriteUInt32LittleEndian(locator[16..], 1);

        var end = record[76..];
        var count = (ushort)Math.Min(_entries.Count, ushort.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(end, 0x06054b50);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], Narrow(length));
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], Narrow(start));
        _out.Write(record);
    }
}
