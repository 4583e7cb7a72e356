using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Weights;

/// <summary>An array of a NumPy file: its type, its shape and its elements.</summary>
public sealed class NumpyArray
{
    readonly byte[] _bytes;

    internal NumpyArray(StoredType type, long[] shape, byte[] bytes)
    {
        Type = type;
        Shape = shape;
        _bytes = bytes;
    }

    /// <summary>Type of the elements.</summary>
    public StoredType Type { get; }

    /// <summary>Dimensions; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The elements, row-major and little-endian whatever the file had.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>An array of numbers at hand; they are copied.</summary>
    /// <typeparam name="T">bool, (s)byte, (u)short, (u)int, (u)long, Half, float or double.</typeparam>
    /// <param name="elements">Row-major.</param>
    /// <param name="shape">Dimensions; their product is the number of elements.</param>
    /// <exception cref="ArgumentException">The shape asks for another number of elements, or there is no such element type.</exception>
    public static NumpyArray From<T>(ReadOnlySpan<T> elements, params long[] shape) where T : unmanaged
    {
        var type = TypeOf<T>() ?? throw new ArgumentException($"no array type has {typeof(T).Name} as its elements", nameof(elements));
        if (NumpyHeader.Count(shape) != elements.Length)
            throw new ArgumentException($"{elements.Length} elements for a shape of {StoredTensor.ShowShape(shape)}", nameof(shape));
        return new NumpyArray(type, [.. shape], MemoryMarshal.AsBytes(elements).ToArray());
    }

    /// <summary>A tensor's elements; bfloat16, which NumPy does not know, becomes float32.</summary>
    /// <param name="tensor">Of any device.</param>
    public static unsafe NumpyArray From(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        var type = tensor.DType == ScalarType.BFloat16 ? ScalarType.Float32 : tensor.DType;
        var plain = tensor.Detach().To(Device.Cpu, type).Contiguous();
        var bytes = new byte[checked((int)(plain.Count * type.ByteSize()))];
        new ReadOnlySpan<byte>((byte*)plain.DataPointer, bytes.Length).CopyTo(bytes);
        return new NumpyArray(type.ToStoredType(), [.. plain.Shape], bytes);
    }

    /// <summary>The elements as numbers of the array's own type.</summary>
    /// <typeparam name="T">bool, (s)byte, (u)short, (u)int, (u)long, Half, float or double.</typeparam>
    /// <exception cref="InvalidOperationException">The array has elements of another type.</exception>
    public ReadOnlySpan<T> Elements<T>() where T : unmanaged => TypeOf<T>() == Type
        ? MemoryMarshal.Cast<byte, T>(_bytes)
        : throw new InvalidOperationException($"the array has elements of type {Type.Name()}, not {typeof(T).Name}");

    /// <summary>The array as a tensor on the CPU; the elements are copied.</summary>
    /// <exception cref="PixArtException">Tensors cannot have elements of this type (unsigned words).</exception>
    public unsafe Tensor ToTensor()
    {
        var type = Type.ToScalarType()
            ?? throw new PixArtException($"an array of type {Type.Name()} cannot become a tensor, expected floats, signed integers, bytes or booleans");
        var tensor = Tensor.Empty([.. Shape], type);
        _bytes.CopyTo(new Span<byte>((byte*)tensor.DataPointer, _bytes.Length));
        return tensor;
    }

    static StoredType? TypeOf<T>() where T : unmanaged
    {
        if (typeof(T) == typeof(Half)) return StoredType.F16;
        return System.Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Boolean => StoredType.Bool,
            TypeCode.SByte => StoredType.I8,
            TypeCode.Byte => StoredType.U8,
            TypeCode.Int16 => StoredType.I16,
            TypeCode.UInt16 => StoredType.U16,
            TypeCode.Int32 => StoredType.I32,
            TypeCode.UInt32 => StoredType.U32,
            TypeCode.Int64 => StoredType.I64,
            TypeCode.UInt64 => StoredType.U64,
            TypeCode.Single => StoredType.F32,
            TypeCode.Double => StoredType.F64,
            _ => null,
        };
    }
}
