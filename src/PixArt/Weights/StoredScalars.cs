using PixArt.Torch;

namespace PixArt.Weights;

/// <summary>Stored types as tensors' types and back.</summary>
public static class StoredScalars
{
    static readonly (StoredType Stored, ScalarType Scalar)[] s_pairs =
    [
        (StoredType.Bool, ScalarType.Bool), (StoredType.U8, ScalarType.UInt8), (StoredType.I8, ScalarType.Int8),
        (StoredType.I16, ScalarType.Int16), (StoredType.F16, ScalarType.Float16), (StoredType.BF16, ScalarType.BFloat16),
        (StoredType.I32, ScalarType.Int32), (StoredType.F32, ScalarType.Float32), (StoredType.F64, ScalarType.Float64),
        (StoredType.I64, ScalarType.Int64),
    ];

    /// <summary>The tensor's type; null for types that libtorch 1.13 cannot compute with (8-bit floats, unsigned words).</summary>
    public static ScalarType? ToScalarType(this StoredType type)
    {
        foreach (var (stored, scalar) in s_pairs)
        {
            if (stored == type) return scalar;
        }

        return null;
    }

    /// <summary>The stored type.</summary>
    public static StoredType ToStoredType(this ScalarType type)
    {
        foreach (var (stored, scalar) in s_pairs)
        {
            if (scalar == type) return stored;
        }

        throw new ArgumentOutOfRangeException(nameof(type), type, "no such element type");
    }
}
