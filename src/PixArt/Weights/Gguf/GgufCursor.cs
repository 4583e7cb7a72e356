using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.Gguf;

/// <summary>Reads the fields of a GGUF header one after another, never beyond the file.</summary>
sealed class GgufCursor(MappedFile file, long position)
{
    public const uint ArrayType = 9;

    const uint TextType = 8;

    // Names, texts and their dictionary entries together.
    const long MaxText = 24 << 20;

    static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    static readonly string[] s_kinds = ["u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "text", "list", "u64", "i64", "f64"];

    long _text;

    public long Position { get; private set; } = position;

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A text with its length before it.</summary>
    public string Text()
    {
        var bytes = Take(Length(1));
        _text += 128 + (2L * bytes.Length);
        if (_text > MaxText) throw new WeightsException(HeaderTooLarge, file.Path, null, "has more names and texts than a header can need");
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new WeightsException(InvalidHeader, file.Path, null, "has a text that is not UTF-8", e);
        }
    }

    /// <summary>A single value, as text.</summary>
    public string Value(uint type, string name) => type switch
    {
        0 => Shown(Take(1)[0]),
        1 => Shown((sbyte)Take(1)[0]),
        2 => Shown(BinaryPrimitives.ReadUInt16LittleEndian(Take(2))),
        3 => Shown(BinaryPrimitives.ReadInt16LittleEndian(Take(2))),
        4 => Shown(UInt32()),
        5 => Shown(BinaryPrimitives.ReadInt32LittleEndian(Take(4))),
        6 => Shown(BinaryPrimitives.ReadSingleLittleEndian(Take(4))),
        7 => Take(1)[0] == 0 ? "false" : "true",
        TextType => Text(),
        10 => Shown(UInt64()),
        11 => Shown(BinaryPrimitives.ReadInt64LittleEndian(Take(8))),
        12 => Shown(BinaryPrimitives.ReadDoubleLittleEndian(Take(8))),
        _ => throw new WeightsException(InvalidHeader, file.Path, null, $"has the setting '{WeightsException.Shorten(name)}' of an unknown kind {type}"),
    };

    /// <summary>Passes over a list; a list of 32- or 64-bit whole numbers with at most <paramref name="keep"/> of them is returned.</summary>
    public (string Shown, IReadOnlyList<long> Numbers) Array(int keep)
    {
        var type = UInt32();
        if (type == TextType)
        {
            var texts = Length(8);
            for (var i = 0L; i < texts; i++) Take(Length(1));
            return ($"{texts} texts", []);
        }

        var width = type switch { 0 or 1 or 7 => 1, 2 or 3 => 2, 4 or 5 or 6 => 4, 10 or 11 or 12 => 8, _ => 0 };
        if (width == 0) throw new WeightsException(InvalidHeader, file.Path, null, $"has a list of {(type == ArrayType ? "lists" : $"an unknown kind {type}")}");
        var count = Length(width);
        if (count > keep || type is not (4 or 5 or 10 or 11))
        {
            Position += count * width;
            return ($"{count} {s_kinds[type]}", []);
        }

        var numbers = new long[count];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = width == 4 ? BinaryPrimitives.ReadInt32LittleEndian(Take(4)) : BinaryPrimitives.ReadInt64LittleEndian(Take(8));
        return (StoredTensor.ShowShape(numbers), numbers);
    }

    /// <summary>A count of things of at least <paramref name="width"/> bytes, all within the file.</summary>
    long Length(int width)
    {
        var count = UInt64();
        return count <= (ulong)(file.Length - Position) / (ulong)width
            ? (long)count
            : throw new WeightsException(InvalidHeaderLength, file.Path, null, $"is truncated: {count} more fields at byte {Position} of {file.Length}");
    }

    ReadOnlySpan<byte> Take(long count)
    {
        if (count > file.Length - Position)
            throw new WeightsException(InvalidHeaderLength, file.Path, null, $"is truncated within its header, at byte {file.Length}");
        if (count > int.MaxValue) throw new WeightsException(HeaderTooLarge, file.Path, null, $"has a text of {count} bytes, more than a header can need");
        var bytes = file.Span(Position, count);
        Position += count;
        return bytes;
    }

    static string Shown(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
