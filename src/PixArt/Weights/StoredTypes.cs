using System.Collections.Frozen;

namespace PixArt.Weights;

/// <summary>Names and sizes of the stored types.</summary>
public static class StoredTypes
{
    static readonly (StoredType Type, string Name, int Bits)[] s_all =
    [
        (StoredType.Bool, "BOOL", 8), (StoredType.F4, "F4", 4), (StoredType.F6E2M3, "F6_E2M3", 6),
        (StoredType.F6E3M2, "F6_E3M2", 6), (StoredType.U8, "U8", 8), (StoredType.I8, "I8", 8),
        (StoredType.F8E5M2, "F8_E5M2", 8), (StoredType.F8E4M3, "F8_E4M3", 8), (StoredType.F8E8M0, "F8_E8M0", 8),
        (StoredType.F8E4M3Fnuz, "F8_E4M3FNUZ", 8), (StoredType.F8E5M2Fnuz, "F8_E5M2FNUZ", 8),
        (StoredType.I16, "I16", 16), (StoredType.U16, "U16", 16), (StoredType.F16, "F16", 16),
        (StoredType.BF16, "BF16", 16), (StoredType.I32, "I32", 32), (StoredType.U32, "U32", 32),
        (StoredType.F32, "F32", 32), (StoredType.C64, "C64", 64), (StoredType.F64, "F64", 64),
        (StoredType.I64, "I64", 64), (StoredType.U64, "U64", 64),
    ];

    static readonly FrozenDictionary<string, StoredType> s_byName =
        s_all.ToFrozenDictionary(t => t.Name, t => t.Type, StringComparer.Ordinal);

    /// <summary>Every type.</summary>
    public static IEnumerable<StoredType> All => s_all.Select(t => t.Type);

    /// <summary>The name in a safetensors header, for example <c>BF16</c>.</summary>
    public static string Name(this StoredType type) => s_all[(int)type].Name;

    /// <summary>Bits of one element: 4 to 64.</summary>
    public static int Bits(this StoredType type) => s_all[(int)type].Bits;

    /// <summary>Bytes of the unit whose byte order matters: half of an element for complex types, else the element.</summary>
    internal static int SwapUnit(this StoredType type) => type is StoredType.C64 ? 4 : Math.Max(1, type.Bits() / 8);

    /// <summary>The type of that header name.</summary>
    public static bool TryParse(string name, out StoredType type) => s_byName.TryGetValue(name, out type);
}
