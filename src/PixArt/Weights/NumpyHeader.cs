using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PixArt.Weights;

/// <summary>The header of an .npy file (NEP 1): magic, version 1 to 3, and a Python dictionary literal of three entries.</summary>
/// <param name="Type">Type of the elements.</param>
/// <param name="BigEndian">Whether elements have their highest byte first.</param>
/// <param name="FortranOrder">Whether the first dimension is the innermost.</param>
/// <param name="Shape">Dimensions.</param>
sealed record NumpyHeader(StoredType Type, bool BigEndian, bool FortranOrder, long[] Shape)
{
    const int Alignment = 64;
    const int LongestHeader = 1 << 20;
    const int MostDimensions = 64;

    static readonly (string Code, StoredType Type)[] s_types =
    [
        ("b1", StoredType.Bool), ("i1", StoredType.I8), ("u1", StoredType.U8), ("i2", StoredType.I16), ("u2", StoredType.U16),
        ("i4", StoredType.I32), ("u4", StoredType.U32), ("i8", StoredType.I64), ("u8", StoredType.U64),
        ("f2", StoredType.F16), ("f4", StoredType.F32), ("f8", StoredType.F64),
    ];

    static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Bytes of all elements.</summary>
    /// <exception cref="OverflowException">They do not fit 63 bits.</exception>
    public long ByteCount => checked(Count(Shape) * (Type.Bits() / 8));

    /// <summary>Number of elements of a shape; 0 if a dimension is 0.</summary>
    /// <exception cref="OverflowException">The product does not fit 63 bits.</exception>
    public static long Count(ReadOnlySpan<long> shape)
    {
        if (shape.Contains(0)) return 0;
        var count = 1L;
        foreach (var size in shape) count = checked(count * size);
        return count;
    }

    /// <summary>Reads a header and says how long it is; the stream is left at the first element.</summary>
    /// <param name="stream">An .npy file from its beginning.</param>
    /// <param name="fail">Makes the error of a kind and a text.</param>
    public static (NumpyHeader Header, long Length) Read(Stream stream, Func<WeightsErrorKind, string, WeightsException> fail)
    {
        Span<byte> start = stackalloc byte[12];
        if (stream.ReadAtLeast(start[..8], 8, throwOnEndOfStream: false) < 8)
            throw fail(WeightsErrorKind.HeaderTooSmall, "ends within the first 8 bytes of an .npy file");
        if (!start.StartsWith(Magic)) throw fail(WeightsErrorKind.InvalidHeader, "does not begin with NumPy's magic bytes");
        var (major, minor) = (start[6], start[7]);
        if (major is < 1 or > 3 || minor != 0)
            throw fail(WeightsErrorKind.InvalidHeader, $"has format version {major}.{minor}, expected 1.0, 2.0 or 3.0");
        var width = major == 1 ? 2 : 4;
        if (stream.ReadAtLeast(start[8..(8 + width)], width, throwOnEndOfStream: false) < width)
            throw fail(WeightsErrorKind.HeaderTooSmall, "ends within the length of its header");
        var length = width == 2
            ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..])
            : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        if (length > LongestHeader) throw fail(WeightsErrorKind.HeaderTooLarge, $"claims a header of {length} bytes, at most {LongestHeader} are read");
        var text = new byte[length];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
            throw fail(WeightsErrorKind.InvalidHeaderLength, $"ends within its header of {length} bytes");
        return (Parse((major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text), fail), 8 + width + length);
    }

    /// <summary>The bytes of a header, padded so that the elements begin aligned.</summary>
    public byte[] ToBytes()
    {
        var code = Array.Find(s_types, t => t.Type == Type).Code
            ?? throw new PixArtException($"NumPy has no type for elements of {Type.Name()}, expected booleans, integers or floats of 16 to 64 bits");
        var order = Type.Bits() == 8 ? '|' : '<';
        var shape = Shape.Length == 1 ? string.Create(CultureInfo.InvariantCulture, $"({Shape[0]},)") : $"({string.Join(", ", Shape)})";
        var text = $"{{'descr': '{order}{code}', 'fortran_order': False, 'shape': {shape}, }}";
        var end = (10 + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        var bytes = new byte[end];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), checked((ushort)(end - 10)));
        bytes.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, bytes.AsSpan(10));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    static NumpyHeader Parse(string text, Func<WeightsErrorKind, string, WeightsException> fail)
    {
        var literal = new PythonLiteral(text);
        string? description = null;
        bool? fortran = null;
        long[]? shape = null;
        try
        {
            literal.Expect('{');
            while (!literal.Accept('}'))
            {
                var key = literal.Text();
                literal.Expect(':');
                switch (key)
                {
                    case "descr" when description is null && literal.At is '[': description = literal.Skipped(); break;
                    case "descr" when description is null: description = literal.Text(); break;
                    case "fortran_order" when fortran is null: fortran = literal.Boolean(); break;
                    case "shape" when shape is null: shape = literal.Integers(); break;
                    default: throw new FormatException($"has the unexpected entry '{WeightsException.Shorten(key)}'");
                }

                if (!literal.Accept(','))
                {
                    literal.Expect('}');
                    break;
                }
            }

            literal.ExpectEnd();
        }
        catch (FormatException e)
        {
            throw fail(WeightsErrorKind.InvalidHeaderDeserialization, $"its header is no dictionary of descr, fortran_order and shape: {e.Message}");
        }

        if (description is null || fortran is null || shape is null)
            throw fail(WeightsErrorKind.InvalidHeaderDeserialization, "its header lacks descr, fortran_order or shape");
        var (type, bigEndian) = ElementType(description, fail);
        if (shape.Length > MostDimensions || shape.Any(size => size < 0))
            throw fail(WeightsErrorKind.TensorInvalidInfo, $"has the shape {StoredTensor.ShowShape(shape.Take(MostDimensions))}, expected at most {MostDimensions} sizes of at least 0");
        return new NumpyHeader(type, bigEndian, fortran.Value, shape);
    }

    static (StoredType, bool BigEndian) ElementType(string description, Func<WeightsErrorKind, string, WeightsException> fail)
    {
        var plain = description.Length > 0 && description[0] is '<' or '>' or '|' or '=';
        var code = plain ? description[1..] : description;
        if (code.StartsWith('O'))
            throw fail(WeightsErrorKind.ForbiddenPickle, "holds Python objects, which are not read, expected numbers");
        var entry = Array.Find(s_types, t => string.Equals(t.Code, code, StringComparison.Ordinal));
        return entry.Code is null
            ? throw fail(WeightsErrorKind.UnsupportedType, $"has elements of type '{WeightsException.Shorten(description)}', expected bool, integers or floats of 1 to 8 bytes")
            : (entry.Type, description[0] == '>' && entry.Type.Bits() > 8);
    }
}
