using PixArt.Torch.Native;

namespace PixArt.Torch;

/// <summary>
/// One argument of an <see cref="Op"/>: converts from what C# callers hold. <see cref="Omitted"/> takes the schema's default.
/// </summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
public readonly struct Arg
{
    private Arg(ValueTag tag, long bits = 0, object? reference = null) => (Tag, Bits, Reference) = (tag, bits, reference);

    /// <summary>The schema's default value.</summary>
    public static Arg Omitted => new(ValueTag.Default);

    /// <summary>None.</summary>
    public static Arg None => default;

    internal ValueTag Tag { get; }

    internal long Bits { get; }

    internal object? Reference { get; }

    /// <summary>A list whose entries may be missing (<c>Tensor?[]</c>), as indexing takes.</summary>
    public static Arg OptionalTensors(Tensor?[] tensors) => new(ValueTag.OptionalTensorList, 0, tensors);

#pragma warning disable CS1591 // the conversions say what they do by their types
    public static implicit operator Arg(Tensor? tensor) => tensor is null ? default : new(ValueTag.Tensor, 0, tensor);

    public static implicit operator Arg(Tensor[] tensors) => new(ValueTag.TensorList, 0, tensors);

    public static implicit operator Arg(long value) => new(ValueTag.Int, value);

    public static implicit operator Arg(long? value) => value is { } v ? v : default(Arg);

    public static implicit operator Arg(double value) => new(ValueTag.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Arg(double? value) => value is { } v ? v : default(Arg);

    public static implicit operator Arg(bool value) => new(ValueTag.Bool, value ? 1 : 0);

    public static implicit operator Arg(long[]? values) => values is null ? default : new(ValueTag.IntList, 0, values);

    public static implicit operator Arg(double[]? values) => values is null ? default : new(ValueTag.DoubleList, 0, values);

    public static implicit operator Arg(ScalarType type) => new(ValueTag.Int, (long)type);

    public static implicit operator Arg(ScalarType? type) => type is { } t ? t : default(Arg);

    public static implicit operator Arg(Device device) => new(ValueTag.Device, ((long)device.Type << 32) | (uint)device.Index);

    public static implicit operator Arg(Device? device) => device is { } d ? d : default(Arg);

    public static implicit operator Arg(string? text) => text is null ? default : new(ValueTag.String, 0, text);

    public static implicit operator Arg(Generator? generator) => generator is null ? default : new(ValueTag.Generator, 0, generator);
#pragma warning restore CS1591

    internal string Describe() => Tag switch
    {
        ValueTag.Tensor => Describe((Tensor)Reference!),
        ValueTag.TensorList => "[" + string.Join(", ", ((Tensor[])Reference!).Select(Describe)) + "]",
        ValueTag.OptionalTensorList => "[" + string.Join(", ", ((Tensor?[])Reference!).Select(t => t is null ? "None" : Describe(t))) + "]",
        ValueTag.IntList => "[" + string.Join(", ", (long[])Reference!) + "]",
        ValueTag.DoubleList => "[" + string.Join(", ", (double[])Reference!) + "]",
        ValueTag.Int => Bits.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ValueTag.Double => BitConverter.Int64BitsToDouble(Bits).ToString(System.Globalization.CultureInfo.InvariantCulture),
        ValueTag.Bool => Bits != 0 ? "true" : "false",
        ValueTag.None => "None",
        _ => Tag.ToString(),
    };

    private static string Describe(Tensor tensor) => tensor.IsDisposed ? "(disposed tensor)" : $"{tensor.DType}[{string.Join(", ", tensor.Shape)}]";
}
