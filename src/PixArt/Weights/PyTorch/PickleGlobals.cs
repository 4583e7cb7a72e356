using System.Collections.Frozen;

namespace PixArt.Weights.PyTorch;

/// <summary>The names that a pickle may mention. Each stands for a record or a plain value that we build ourselves; nothing is
/// looked up or called.</summary>
static class PickleGlobals
{
    static readonly FrozenDictionary<string, StoredType> s_storages = new Dictionary<string, StoredType>(StringComparer.Ordinal)
    {
        ["FloatStorage"] = StoredType.F32,
        ["DoubleStorage"] = StoredType.F64,
        ["HalfStorage"] = StoredType.F16,
        ["BFloat16Storage"] = StoredType.BF16,
        ["LongStorage"] = StoredType.I64,
        ["IntStorage"] = StoredType.I32,
        ["ShortStorage"] = StoredType.I16,
        ["CharStorage"] = StoredType.I8,
        ["ByteStorage"] = StoredType.U8,
        ["BoolStorage"] = StoredType.Bool,
        ["ComplexFloatStorage"] = StoredType.C64,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static readonly FrozenDictionary<string, StoredType> s_types = new Dictionary<string, StoredType>(StringComparer.Ordinal)
    {
        ["float32"] = StoredType.F32,
        ["float"] = StoredType.F32,
        ["float64"] = StoredType.F64,
        ["double"] = StoredType.F64,
        ["float16"] = StoredType.F16,
        ["half"] = StoredType.F16,
        ["bfloat16"] = StoredType.BF16,
        ["int64"] = StoredType.I64,
        ["long"] = StoredType.I64,
        ["int32"] = StoredType.I32,
        ["int"] = StoredType.I32,
        ["int16"] = StoredType.I16,
        ["int8"] = StoredType.I8,
        ["uint8"] = StoredType.U8,
        ["uint16"] = StoredType.U16,
        ["uint32"] = StoredType.U32,
        ["uint64"] = StoredType.U64,
        ["bool"] = StoredType.Bool,
        ["complex64"] = StoredType.C64,
        ["float8_e4m3fn"] = StoredType.F8E4M3,
        ["float8_e5m2"] = StoredType.F8E5M2,
        ["float8_e4m3fnuz"] = StoredType.F8E4M3Fnuz,
        ["float8_e5m2fnuz"] = StoredType.F8E5M2Fnuz,
        ["float8_e8m0fnu"] = StoredType.F8E8M0,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static readonly FrozenSet<string> s_others = new[]
    {
        "collections.OrderedDict", "collections.Counter", "collections.defaultdict",
        "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
        "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
        "torch._tensor._rebuild_from_type_v2", "torch.nn.parameter.Parameter", "torch.Tensor", "torch._tensor.Tensor",
        "torch.Size", "torch.device", "torch.storage.UntypedStorage", "_codecs.encode",
        "builtins.dict", "builtins.list", "builtins.set", "builtins.frozenset", "builtins.bytearray", "builtins.complex",
        "builtins.int", "builtins.float",
        "__builtin__.dict", "__builtin__.list", "__builtin__.set", "__builtin__.frozenset", "__builtin__.bytearray",
        "__builtin__.complex", "__builtin__.int", "__builtin__.float",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool IsAllowed(string module, string name) =>
        s_others.Contains($"{module}.{name}")
        || (module.Equals("torch", StringComparison.Ordinal) && (s_storages.ContainsKey(name) || s_types.ContainsKey(name)));

    /// <summary>The element type of a storage class; null for bytes without a type.</summary>
    public static bool TryStorage(PickleGlobal global, out StoredType? type)
    {
        type = null;
        if (global is { Module: "torch.storage", Name: "UntypedStorage" }) return true;
        if (global.Module is not "torch" || !s_storages.TryGetValue(global.Name, out var stored)) return false;
        type = stored;
        return true;
    }

    public static bool TryType(PickleGlobal global, out StoredType type)
    {
        type = default;
        return global.Module is "torch" && s_types.TryGetValue(global.Name, out type);
    }

    /// <summary>Name of the storage class for an element type; null when PyTorch has none.</summary>
    public static string? StorageName(StoredType type) =>
        s_storages.FirstOrDefault(s => s.Value == type).Key;
}
