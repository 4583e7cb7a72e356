using System.Buffers.Binary;
using System.Text;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.PyTorch;

/// <summary>The zip container of a PyTorch file as a table of spans: only stored entries, every name once, no two entries over
/// the same bytes, nothing before the first entry or after the end record. So no entry can expand, hide or alias another, and
/// every entry can be mapped where it lies.</summary>
sealed class StoredArchive
{
    const int MaxEntries = 1_000_000;
    const uint LocalSignature = 0x04034b50, CentralSignature = 0x02014b50;
    const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;

    readonly MappedFile _file;
    readonly Dictionary<string, (long Offset, long Length)> _entries = new(StringComparer.Ordinal);

    StoredArchive(MappedFile file) => _file = file;

    /// <summary>Name → first byte and length.</summary>
    public IReadOnlyDictionary<string, (long Offset, long Length)> Entries => _entries;

    public static bool Recognises(MappedFile file) => file.Length >= 4 && U32(file, 0) is LocalSignature or EndSignature;

    public static StoredArchive Read(MappedFile file)
    {
        var archive = new StoredArchive(file);
        archive.ReadDirectory();
        return archive;
    }

    void ReadDirectory()
    {
        var (start, length, count) = FindDirectory();
        if (count > MaxEntries || count * 46 > length) throw Damaged($"claims {count} entries");
        var spans = new List<(long Begin, long End)>((int)count);
        var at = start;
        for (var i = 0L; i < count; i++)
        {
            if (at > start + length - 46 || U32(_file, at) != CentralSignature) throw Damaged("its directory is damaged");
            var head = _file.Span(at, 46);
            int nameLength = U16(head, 28), extraLength = U16(head, 30), commentLength = U16(head, 32);
            if (at + 46 + nameLength + extraLength + commentLength > start + length) throw Damaged("its directory is damaged");
            var name = Encoding.UTF8.GetString(_file.Span(at + 46, nameLength));
            var flags = U16(head, 8);
            if ((flags & 0x2041) != 0) throw Damaged($"entry '{WeightsException.Shorten(name)}' is encrypted");
            if (U16(head, 10) != 0) throw Damaged($"entry '{WeightsException.Shorten(name)}' is compressed, expected stored");
            long packed = U32(head, 20), size = U32(head, 24), local = U32(head, 42);
            Zip64(_file.Span(at + 46 + nameLength, extraLength), ref size, ref packed, ref local);
            if (packed != size) throw Damaged($"entry '{WeightsException.Shorten(name)}' has two sizes");
            var data = DataOffset(name, local, size, start);
            if (!_entries.TryAdd(name, (data, size))) throw Damaged($"has two entries '{WeightsException.Shorten(name)}'");
            spans.Add((local, data + size));
            at += 46 + nameLength + extraLength + commentLength;
        }

        if (at != start + length) throw Damaged("its directory is damaged");
        spans.Sort();
        for (var i = 1; i < spans.Count; i++)
        {
            if (spans[i].Begin < spans[i - 1].End) throw Damaged("two of its entries overlap");
        }

        if (spans.Count > 0 && spans[0].Begin != 0) throw Damaged("something stands before its first entry");
    }

    /// <summary>Start, length and number of entries of the central directory.</summary>
    (long Start, long Length, long Count) FindDirectory()
    {
        // The end record is last, up to the file's last byte; a comment of up to 64 KiB may follow within it.
        var tail = Math.Min(_file.Length, 22 + ushort.MaxValue);
        var bytes = _file.Span(_file.Length - tail, tail);
        for (var i = bytes.Length - 22; i >= 0; i--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]) != EndSignature) continue;
            if (i + 22 + U16(bytes, i + 20) != bytes.Length) continue;
            var at = _file.Length - tail + i;
            long count = U16(bytes, i + 10), length = U32(bytes, i + 12), start = U32(bytes, i + 16);
            var limit = at;
            if (at >= 20 && U32(_file, at - 20) == Locator64Signature)
            {
                var end64 = I64(_file, at - 12);
                if (end64 < 0 || end64 > at - 20 - 56 || U32(_file, end64) != End64Signature) throw Damaged("its zip64 end record is damaged");
                (count, length, start) = (I64(_file, end64 + 32), I64(_file, end64 + 40), I64(_file, end64 + 48));
                limit = end64;
            }

            if (count < 0 || length < 0 || start < 0 || length > limit || start != limit - length) throw Damaged("its directory is not where its end says");
            return (start, length, count);
        }

        throw Damaged("is truncated: its end record is missing");
    }

    static void Zip64(ReadOnlySpan<byte> extra, ref long size, ref long packed, ref long local)
    {
        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), length = Math.Min(U16(extra, 2), extra.Length - 4);
            var field = extra.Slice(4, length);
            if (id == 1)
            {
                size = Next(size, ref field);
                packed = Next(packed, ref field);
                local = Next(local, ref field);
            }

            extra = extra[(4 + length)..];
        }
    }

    // The extra field holds only those numbers that did not fit the directory, in this order.
    static long Next(long value, ref ReadOnlySpan<byte> field)
    {
        if (value != uint.MaxValue || field.Length < 8) return value;
        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
        return value;
    }

    long DataOffset(string name, long local, long size, long directory)
    {
        if (size < 0 || local < 0 || local > directory - 30 || U32(_file, local) != LocalSignature)
            throw Damaged($"entry '{WeightsException.Shorten(name)}' is not where the directory says");
        var head = _file.Span(local, 30);
        var nameLength = U16(head, 26);
        var data = local + 30 + nameLength + U16(head, 28);
        if (data > directory || size > directory - data)
            throw Damaged($"entry '{WeightsException.Shorten(name)}' reaches beyond the file's data");
        if (!string.Equals(Encoding.UTF8.GetString(_file.Span(local + 30, nameLength)), name, StringComparison.Ordinal))
            throw Damaged($"entry '{WeightsException.Shorten(name)}' has two names");
        return data;
    }

    static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    static uint U32(MappedFile file, long at) => BinaryPrimitives.ReadUInt32LittleEndian(file.Span(at, 4));

    static long I64(MappedFile file, long at) => BinaryPrimitives.ReadInt64LittleEndian(file.Span(at, 8));

    WeightsException Damaged(string detail) => new(InvalidArchive, _file.Path, null, $"the zip container is not as PyTorch writes it: {detail}");
}
