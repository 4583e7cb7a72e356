namespace PixArt.Weights.Gguf;

/// <summary>ggml's element types by their numbers in a file.</summary>
static class GgufTypes
{
    static readonly Dictionary<uint, StoredType> s_plain = new()
    {
        [0] = StoredType.F32,
        [1] = StoredType.F16,
        [24] = StoredType.I8,
        [25] = StoredType.I16,
        [26] = StoredType.I32,
        [27] = StoredType.I64,
        [28] = StoredType.F64,
        [30] = StoredType.BF16,
    };

    static readonly Dictionary<uint, BlockFormat> s_packed = new()
    {
        [2] = new("Q4_0", 32, 18, SimpleBlocks.Q4Symmetric),
        [3] = new("Q4_1", 32, 20, SimpleBlocks.Q4Affine),
        [6] = new("Q5_0", 32, 22, SimpleBlocks.Q5Symmetric),
        [7] = new("Q5_1", 32, 24, SimpleBlocks.Q5Affine),
        [8] = new("Q8_0", 32, 34, SimpleBlocks.Q8Symmetric),
        [9] = new("Q8_1", 32, 36, null),
        [10] = new("Q2_K", 256, 84, SuperBlocks.Q2),
        [11] = new("Q3_K", 256, 110, SuperBlocks.Q3),
        [12] = new("Q4_K", 256, 144, SuperBlocks.Q4),
        [13] = new("Q5_K", 256, 176, SuperBlocks.Q5),
        [14] = new("Q6_K", 256, 210, SuperBlocks.Q6),
        [15] = new("Q8_K", 256, 292, null),
        [16] = new("IQ2_XXS", 256, 66, null),
        [17] = new("IQ2_XS", 256, 74, null),
        [18] = new("IQ3_XXS", 256, 98, null),
        [19] = new("IQ1_S", 256, 50, null),
        [20] = new("IQ4_NL", 32, 18, null),
        [21] = new("IQ3_S", 256, 110, null),
        [22] = new("IQ2_S", 256, 82, null),
        [23] = new("IQ4_XS", 256, 136, null),
        [29] = new("IQ1_M", 256, 56, null),
        [34] = new("TQ1_0", 256, 54, null),
        [35] = new("TQ2_0", 256, 66, null),
        [39] = new("MXFP4", 32, 17, null),
    };

    /// <summary>Names of the packed types that can be read, for messages.</summary>
    public static string Readable => string.Join(", ", s_packed.Values.Where(f => f.Unpack is not null).Select(f => f.Name));

    /// <summary>The packed types that can be read, by number.</summary>
    public static IEnumerable<KeyValuePair<uint, BlockFormat>> Packed => s_packed.Where(f => f.Value.Unpack is not null);

    /// <summary>What a type number means: a plain type, or a packed one whose elements come out as float32.</summary>
    /// <returns>Null for numbers that are not known.</returns>
    public static (StoredType Type, BlockFormat? Blocks)? Find(uint number) =>
        s_plain.TryGetValue(number, out var plain) ? (plain, null)
        : s_packed.TryGetValue(number, out var packed) ? (StoredType.F32, packed)
        : null;
}
