namespace PixArt.Torch;

/// <summary>Element types of tensors. The values are libtorch's own (<c>c10::ScalarType</c>).</summary>
public enum ScalarType
{
    /// <summary>Unsigned 8-bit integer.</summary>
    UInt8 = 0,

    /// <summary>Signed 8-bit integer.</summary>
    Int8 = 1,

    /// <summary>Signed 16-bit integer.</summary>
    Int16 = 2,

    /// <summary>Signed 32-bit integer.</summary>
    Int32 = 3,

    /// <summary>Signed 64-bit integer.</summary>
    Int64 = 4,

    /// <summary>IEEE half precision.</summary>
    Float16 = 5,

    /// <summary>IEEE single precision.</summary>
    Float32 = 6,

    /// <summary>IEEE double precision.</summary>
    Float64 = 7,

    /// <summary>Boolean, one byte an element.</summary>
    Bool = 11,

    /// <summary>Brain floating point: 8 exponent and 7 mantissa bits.</summary>
    BFloat16 = 15,
}
