using System.Runtime.InteropServices;
using PixArt.Weights;

namespace PixArt.TestKit;

/// <summary>Plain numbers out of stored bytes, independent of the tensor library.</summary>
public static class Values
{
    /// <summary>Little-endian elements as doubles.</summary>
    public static double[] ToDoubles(StoredType type, ReadOnlySpan<byte> bytes) => type switch
    {
        StoredType.F32 => Map<float>(bytes, v => v),
        StoredType.F64 => Map<double>(bytes, v => v),
        StoredType.F16 => Map<Half>(bytes, v => (double)v),
        StoredType.BF16 => Map<ushort>(bytes, v => BitConverter.Int32BitsToSingle(v << 16)),
        StoredType.I64 => Map<long>(bytes, v => v),
        StoredType.I32 => Map<int>(bytes, v => v),
        StoredType.I16 => Map<short>(bytes, v => v),
        StoredType.I8 => Map<sbyte>(bytes, v => v),
        StoredType.U8 or StoredType.Bool => Map<byte>(bytes, v => v),
        _ => throw new NotSupportedException($"{type}"),
    };

    static double[] Map<T>(ReadOnlySpan<byte> bytes, Func<T, double> convert) where T : struct
    {
        var elements = MemoryMarshal.Cast<byte, T>(bytes);
        var numbers = new double[elements.Length];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = convert(elements[i]);
        return numbers;
    }
}
