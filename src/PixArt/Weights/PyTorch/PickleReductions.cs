using System.Text;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.PyTorch;

/// <summary>What an allowed name makes of its arguments.</summary>
static class PickleReductions
{
    const int MaxRank = 64;

    /// <summary>A storage out of its persistent id: <c>("storage", class, key, device, count[, view])</c>.</summary>
    public static PickleStorage Storage(string file, object? id, ref long budget)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, _, long count, .. var rest] } || count < 0)
            throw Damaged(file, "a persistent id that is no storage");
        if (!PickleGlobals.TryStorage(type, out var stored)) throw Forbidden(file, $"a storage of '{type}'");
        Charge(file, ref budget, 80);
        // The legacy form may name a part of another storage: (key, offset, count).
        var view = rest is [PickleTuple { Items: [_, long offset, long viewCount] }] && offset >= 0 && viewCount >= 0 && viewCount <= count - offset
            ? offset
            : rest is [] or [null] ? 0 : throw Damaged(file, "a storage view that does not fit");
        return new PickleStorage(stored, key, count, view);
    }

    public static object? Build(string file, PickleGlobal callee, object?[] arguments, ref long budget)
    {
        switch (callee.ToString())
        {
            case "torch._utils._rebuild_tensor" when arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides]:
                return Tensor(file, storage, storage.Type, offset, shape, strides, ref budget);
            case "torch._utils._rebuild_tensor_v2"
                when arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, _, _, ..] && arguments.Length <= 7:
                return Tensor(file, storage, storage.Type, offset, shape, strides, ref budget);
            case "torch._utils._rebuild_tensor_v3"
                when arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, _, _, PickleGlobal type, ..] && arguments.Length <= 8:
                if (!PickleGlobals.TryType(type, out var stored)) throw Forbidden(file, $"a tensor of type '{type}'");
                return Tensor(file, storage, stored, offset, shape, strides, ref budget);
            case "torch._utils._rebuild_parameter" when arguments is [PickleTensor tensor, _, _]: return tensor;
            case "torch._utils._rebuild_parameter_with_state" when arguments is [PickleTensor tensor, _, _, _]: return tensor;
            case "torch.nn.parameter.Parameter" when arguments is [PickleTensor tensor, ..] && arguments.Length <= 2: return tensor;
            case "torch._tensor._rebuild_from_type_v2" when arguments is [PickleGlobal inner, PickleGlobal, PickleTuple its, _]
                && inner is { Module: "torch._utils" } && inner.Name.StartsWith("_rebuild_", StringComparison.Ordinal):
                return Build(file, inner, its.Items, ref budget);
            case "torch.Size" when arguments is [PickleTuple shape]: return shape;
            case "torch.device" when arguments is [string, ..] && arguments.Length <= 2: return arguments[0];
            case "collections.OrderedDict" or "collections.Counter" or "builtins.dict" or "__builtin__.dict" when arguments.Length <= 1:
                return Dict(file, arguments, ref budget);
            case "collections.defaultdict" when arguments is [PickleGlobal or null, ..] && arguments.Length <= 2:
                return Dict(file, arguments[1..], ref budget);
            case "builtins.set" or "builtins.frozenset" or "builtins.list" or "__builtin__.set" or "__builtin__.frozenset" or "__builtin__.list"
                when arguments.Length <= 1:
                return List(file, arguments, ref budget);
            case "_codecs.encode" when arguments is [string text, "latin1" or "latin-1" or "utf-8"]:
                Charge(file, ref budget, 24 + (2L * text.Length));
                return arguments[1] is "utf-8" ? Encoding.UTF8.GetBytes(text) : Encoding.Latin1.GetBytes(text);
            case "builtins.bytearray" or "__builtin__.bytearray" when arguments is [byte[] bytes]: return bytes;
            case "builtins.complex" or "__builtin__.complex" when arguments is [double, double]: return new PickleTuple(arguments);
            default:
                throw Forbidden(file, $"'{callee}' with {arguments.Length} arguments of unexpected kinds");
        }
    }

    static PickleTensor Tensor(
        string file, PickleStorage storage, StoredType? type, long offset, PickleTuple shape, PickleTuple strides, ref long budget)
    {
        if (shape.Items.Length != strides.Items.Length || shape.Items.Length > MaxRank)
            throw Damaged(file, $"a tensor of {shape.Items.Length} sizes and {strides.Items.Length} strides");
        if (type is not { } known) throw Damaged(file, "a tensor without a type");
        Charge(file, ref budget, 160 + (16L * shape.Items.Length));
        return new PickleTensor(storage, known, NotNegative(file, offset), Numbers(file, shape), Numbers(file, strides));
    }

    static long[] Numbers(string file, PickleTuple tuple) =>
        [.. tuple.Items.Select(item => item is long number ? NotNegative(file, number) : throw Damaged(file, "a size or stride that is no number"))];

    static long NotNegative(string file, long number) =>
        number >= 0 ? number : throw Damaged(file, $"a size, stride or offset of {number}");

    static PickleDict Dict(string file, object?[] arguments, ref long budget)
    {
        Charge(file, ref budget, 32);
        var dict = new PickleDict();
        switch (arguments)
        {
            case []: break;
            case [PickleDict other]:
                Charge(file, ref budget, 96L * other.Items.Count);
                foreach (var (key, value) in other.Items) dict.Set(key, value);
                break;
            case [PickleList pairs]:
                Charge(file, ref budget, 96L * pairs.Items.Count);
                foreach (var pair in pairs.Items)
                {
                    var (key, value) = pair switch
                    {
                        PickleTuple { Items: [var k, var v] } => (k, v),
                        PickleList { Items: [var k, var v] } => (k, v),
                        _ => throw Damaged(file, "a dict of things that are no pairs"),
                    };
                    dict.Set(key, value);
                }

                break;
            default: throw Damaged(file, "a dict of something else");
        }

        return dict;
    }

    static PickleList List(string file, object?[] arguments, ref long budget)
    {
        IReadOnlyList<object?> items = arguments switch
        {
            [] => [],
            [PickleList list] => list.Items,
            [PickleTuple tuple] => tuple.Items,
            _ => throw Damaged(file, "a list of something else"),
        };
        Charge(file, ref budget, 32 + (16L * items.Count));
        var copy = new PickleList();
        foreach (var item in items) copy.Add(item);
        return copy;
    }

    static void Charge(string file, ref long budget, long bytes)
    {
        budget -= bytes;
        if (budget < 0) throw new WeightsException(PickleTooLarge, file, null, "its pickle needs too much memory");
    }

    static WeightsException Damaged(string file, string detail) => new(InvalidPickle, file, null, $"its pickle is damaged: found {detail}");

    static WeightsException Forbidden(string file, string detail) =>
        new(ForbiddenPickle, file, null, $"its pickle asks for {WeightsException.Shorten(detail)}; nothing was run");
}
