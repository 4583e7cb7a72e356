using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace PixArt.Weights.PyTorch;

/// <summary>Writes a protocol-2 pickle the way Python's own pickler does: every object but numbers gets the next memo place, and
/// strings and names that Python holds once are written once.</summary>
sealed class PickleEmitter
{
    const int BatchSize = 1000;

    readonly ArrayBufferWriter<byte> _out = new(4096);
    readonly Dictionary<string, int> _once = new(StringComparer.Ordinal);
    int _memo;

    public PickleEmitter() => Bytes([0x80, 2]);

    public byte[] Finish()
    {
        Op('.');
        return _out.WrittenSpan.ToArray();
    }

    /// <summary>A dict; each action writes a key and its value.</summary>
    public void Dict(IReadOnlyList<Action> items)
    {
        Op('}');
        Remember();
        if (items.Count == 1)
        {
            items[0]();
            Op('s');
            return;
        }

        foreach (var batch in items.Chunk(BatchSize))
        {
            Op('(');
            foreach (var item in batch) item();
            Op('u');
        }
    }

    public void Text(string text)
    {
        Op('X');
        var utf8 = Encoding.UTF8.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(_out.GetSpan(4), utf8.Length);
        _out.Advance(4);
        Bytes(utf8);
        Remember();
    }

    public void TextOnce(string text)
    {
        if (!Recall(text)) Once(text, () => Text(text));
    }

    public void Number(long number)
    {
        switch (number)
        {
            case >= 0 and <= byte.MaxValue:
                Op('K');
                Bytes([(byte)number]);
                break;
            case >= 0 and <= ushort.MaxValue:
                Op('M');
                BinaryPrimitives.WriteUInt16LittleEndian(_out.GetSpan(2), (ushort)number);
                _out.Advance(2);
                break;
            case >= int.MinValue and <= int.MaxValue:
                Op('J');
                BinaryPrimitives.WriteInt32LittleEndian(_out.GetSpan(4), (int)number);
                _out.Advance(4);
                break;
            default:
                var bytes = new BigInteger(number).ToByteArray();
                Bytes([0x8a, (byte)bytes.Length]);
                Bytes(bytes);
                break;
        }
    }

    /// <summary>A contiguous tensor over a whole storage of its own.</summary>
    public void Tensor(StoredType type, IReadOnlyList<long> shape, string storageKey, long count)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Op('(');
        Op('(');
        TextOnce("storage");
        Global("torch", PickleGlobals.StorageName(type)!);
        Text(storageKey);
        TextOnce("cpu");
        Number(count);
        Op('t');
        Remember();
        Op('Q');
        Number(0);
        Tuple(shape);
        Tuple(StridesOf(shape));
        Bytes([0x89]);
        Global("collections", "OrderedDict");
        Op(')');
        Op('R');
        Remember();
        Op('t');
        Remember();
        Op('R');
        Remember();
    }

    static long[] StridesOf(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        var step = 1L;
        for (var d = shape.Count - 1; d >= 0; d--)
        {
            strides[d] = step;
            step *= Math.Max(1, shape[d]);
        }

        return strides;
    }

    void Tuple(IReadOnlyList<long> numbers)
    {
        if (numbers.Count > 3) Op('(');
        foreach (var number in numbers) Number(number);
        switch (numbers.Count)
        {
            case 0: Op(')'); return;
            case <= 3: Bytes([(byte)(0x84 + numbers.Count)]); break;
            default: Op('t'); break;
        }

        Remember();
    }

    void Global(string module, string name)
    {
        var line = $"{module}\n{name}\n";
        if (Recall(line)) return;
        Once(line, () =>
        {
            Op('c');
            Bytes(Encoding.ASCII.GetBytes(line));
            Remember();
        });
    }

    bool Recall(string what)
    {
        if (!_once.TryGetValue(what, out var place)) return false;
        Place('h', 'j', place);
        return true;
    }

    void Once(string what, Action write)
    {
        _once.Add(what, _memo);
        write();
    }

    void Remember() => Place('q', 'r', _memo++);

    void Place(char small, char large, int place)
    {
        if (place <= byte.MaxValue)
        {
            Op(small);
            Bytes([(byte)place]);
            return;
        }

        Op(large);
        BinaryPrimitives.WriteInt32LittleEndian(_out.GetSpan(4), place);
        _out.Advance(4);
    }

    void Op(char code) => Bytes([(byte)code]);

    void Bytes(ReadOnlySpan<byte> bytes) => _out.Write(bytes);
}
