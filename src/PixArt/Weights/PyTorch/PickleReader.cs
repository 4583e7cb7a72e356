using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.PyTorch;

/// <summary>Interprets a pickle into the plain values of PickleValues.cs. It calls nothing: a reduction of an allowed name is a
/// case of <see cref="PickleReductions"/>, any other is refused by name. Memory is charged against a budget before it is taken,
/// so a small file cannot ask for much.</summary>
ref struct PickleReader
{
    // What values may cost beside the pickle's own length, bytes; a checkpoint of 600 tensors takes under 1 MB.
    const long Allowance = 40L << 20;
    const int MaxStack = 1 << 20;
    const int MaxMarks = 10_000;
    const int MaxIntegerBytes = 255;

    static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    readonly string _file;
    readonly ReadOnlySpan<byte> _bytes;
    readonly List<object?> _stack = [];
    readonly List<int> _marks = [];
    readonly Dictionary<long, object?> _memo = [];
    int _at;
    long _budget;

    public PickleReader(string file, ReadOnlySpan<byte> bytes)
    {
        _file = file;
        _bytes = bytes;
        _budget = Allowance + (2L * bytes.Length);
    }

    /// <summary>Bytes read so far: after <see cref="Read"/>, where the pickle ended.</summary>
    public readonly int Position => _at;

    /// <summary>Reads one pickle to its end.</summary>
    public object? Read()
    {
        while (true)
        {
            var start = _at;
            var code = NextByte();
            if (code == '.') return Single();
            if (!Constant(code) && !Collection(code) && !Memo(code) && !Reference(code))
            {
                throw code is (byte)'i' or (byte)'o' or (byte)'P' or 0x82 or 0x83 or 0x84 or 0x92
                    ? new WeightsException(ForbiddenPickle, _file, null, $"pickle opcode {Show(code)} at byte {start} could run code; weights do not need it")
                    : Damaged($"the unknown opcode {Show(code)}");
            }

            if (_stack.Count > MaxStack) throw TooLarge("stack");
        }
    }

    object? Single()
    {
        if (_stack.Count != 1 || _marks.Count != 0) throw Damaged($"an end with {_stack.Count} values on the stack, expected 1,");
        return _stack[0];
    }

    bool Constant(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                var protocol = NextByte();
                if (protocol is < 1 or > 5) throw Damaged($"protocol {protocol}, expected 1 to 5,");
                return true;
            case 0x95: // FRAME
                Take(8);
                return true;
            case (byte)'N': Push(null); return true;
            case 0x88: Push(true); return true;
            case 0x89: Push(false); return true;
            case (byte)'K': PushNumber(NextByte()); return true;
            case (byte)'M': PushNumber(BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); return true;
            case (byte)'J': PushNumber(BinaryPrimitives.ReadInt32LittleEndian(Take(4))); return true;
            case 0x8a: PushInteger(Take(NextByte())); return true;
            case 0x8b: PushInteger(Take(Length(BinaryPrimitives.ReadInt32LittleEndian(Take(4))))); return true;
            case (byte)'G': Charge(24); Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); return true;
            case 0x8c: PushText(Take(NextByte())); return true;
            case (byte)'X': PushText(Take(Length(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))))); return true;
            case 0x8d: PushText(Take(Length(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))))); return true;
            case (byte)'C' or (byte)'U': PushBytes(Take(NextByte()), code == 'U'); return true;
            case (byte)'B' or (byte)'T': PushBytes(Take(Length(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))), code == 'T'); return true;
            case 0x8e or 0x96: PushBytes(Take(Length(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)))), false); return true;
            default: return false;
        }
    }

    bool Collection(byte code)
    {
        switch (code)
        {
            case (byte)'(':
                if (_marks.Count == MaxMarks) throw TooLarge("nesting");
                _marks.Add(_stack.Count);
                return true;
            case (byte)')': PushTuple(0); return true;
            case 0x85: PushTuple(1); return true;
            case 0x86: PushTuple(2); return true;
            case 0x87: PushTuple(3); return true;
            case (byte)'t': PushTuple(_stack.Count - PopMark()); return true;
            case (byte)']' or 0x8f: Charge(32); Push(new PickleList()); return true;
            case (byte)'}': Charge(32); Push(new PickleDict()); return true;
            case (byte)'l' or 0x91:
                var from = PopMark();
                Charge(32);
                var list = new PickleList();
                Fill(list, from);
                Push(list);
                return true;
            case (byte)'d':
                from = PopMark();
                Charge(32);
                var dict = new PickleDict();
                Fill(dict, from);
                Push(dict);
                return true;
            case (byte)'a': Fill(Target<PickleList>(_stack.Count - 2, "list"), _stack.Count - 1); return true;
            case (byte)'e' or 0x90: from = PopMark(); Fill(Target<PickleList>(from - 1, "list"), from); return true;
            case (byte)'s': Fill(Target<PickleDict>(_stack.Count - 3, "dict"), _stack.Count - 2); return true;
            case (byte)'u': from = PopMark(); Fill(Target<PickleDict>(from - 1, "dict"), from); return true;
            default: return false;
        }
    }

    bool Memo(byte code)
    {
        switch (code)
        {
            case (byte)'q': Remember(NextByte()); return true;
            case (byte)'r': Remember(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); return true;
            case 0x94: Remember(_memo.Count); return true;
            case (byte)'h': Push(Recall(NextByte())); return true;
            case (byte)'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); return true;
            case (byte)'0': Pop(); return true;
            case (byte)'1': Truncate(PopMark()); return true;
            case (byte)'2': Push(Peek()); return true;
            default: return false;
        }
    }

    bool Reference(byte code)
    {
        switch (code)
        {
            case (byte)'c': PushGlobal(NextLine(), NextLine()); return true;
            case 0x93:
                if (Pop() is not string name || Pop() is not string module) throw Damaged("a global without a name");
                PushGlobal(module, name);
                return true;
            case (byte)'Q': Push(PickleReductions.Storage(_file, Pop(), ref _budget)); return true;
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                if (Pop() is not PickleTuple arguments) throw Damaged("arguments that are no tuple");
                if (Pop() is not PickleGlobal callee) throw Damaged("something that cannot be built");
                Push(PickleReductions.Build(_file, callee, arguments.Items, ref _budget));
                return true;
            case (byte)'b':
                // The state of a dict (PyTorch keeps version numbers there) or of a tensor (hooks): nothing that weights need.
                Pop();
                if (Peek() is not (PickleDict or PickleTensor)) throw Forbidden("a state for something that is neither dict nor tensor");
                return true;
            default: return false;
        }
    }

    void PushGlobal(string module, string name)
    {
        if (!PickleGlobals.IsAllowed(module, name))
        {
            var shown = WeightsException.Shorten($"{module}.{name}");
            throw new WeightsException(ForbiddenPickle, _file, null, $"its pickle asks for '{shown}', which is not among the names that weights need; nothing was run");
        }

        Charge(80 + (2 * (module.Length + name.Length)));
        Push(new PickleGlobal(module, name));
    }

    void PushNumber(long number)
    {
        Charge(24);
        Push(number);
    }

    void PushInteger(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxIntegerBytes) throw TooLarge("integer");
        Charge(64 + bytes.Length);
        var number = new BigInteger(bytes);
        Push(number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number);
    }

    void PushText(ReadOnlySpan<byte> bytes)
    {
        Charge(24 + (2L * bytes.Length));
        try
        {
            Push(s_strictUtf8.GetString(bytes));
        }
        catch (DecoderFallbackException e)
        {
            throw Damaged("text that is not UTF-8", e);
        }
    }

    void PushBytes(ReadOnlySpan<byte> bytes, bool asText)
    {
        Charge(24 + (2L * bytes.Length));
        Push(asText ? Encoding.Latin1.GetString(bytes) : bytes.ToArray());
    }

    void PushTuple(int count)
    {
        if (count < 0 || count > _stack.Count - Floor) throw Damaged("a tuple of values that are not there");
        Charge(48 + (8L * count));
        object?[] items = count == 0 ? [] : [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        Push(new PickleTuple(items));
    }

    void Fill(PickleList list, int from)
    {
        Charge(16L * (_stack.Count - from));
        for (var i = from; i < _stack.Count; i++) list.Add(_stack[i]);
        Truncate(from);
    }

    void Fill(PickleDict dict, int from)
    {
        if ((_stack.Count - from) % 2 != 0) throw Damaged("a key without a value");
        Charge(48L * (_stack.Count - from));
        for (var i = from; i < _stack.Count; i += 2) dict.Set(_stack[i], _stack[i + 1]);
        Truncate(from);
    }

    readonly T Target<T>(int place, string what) where T : class =>
        place >= Floor && place < _stack.Count && _stack[place] is T target ? target : throw Damaged($"items for something that is no {what}");

    // Values below the innermost mark belong to whoever set it.
    readonly int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    void Push(object? value) => _stack.Add(value);

    readonly object? Peek() => _stack.Count > Floor ? _stack[^1] : throw Damaged("no value where one is needed");

    object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    readonly int PopMark()
    {
        if (_marks.Count == 0) throw Damaged("an end without a beginning");
        var mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return mark;
    }

    readonly void Truncate(int count) => _stack.RemoveRange(count, _stack.Count - count);

    void Remember(long place)
    {
        if (_memo.TryAdd(place, Peek())) Charge(48);
        else _memo[place] = Peek();
    }

    readonly object? Recall(long place) => _memo.TryGetValue(place, out var value) ? value : throw Damaged($"memo {place}, which was never set");

    byte NextByte() => Take(1)[0];

    ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _at) throw Damaged("its end");
        var taken = _bytes.Slice(_at, count);
        _at += count;
        return taken;
    }

    readonly int Length(long length) =>
        length >= 0 && length <= _bytes.Length - _at ? (int)length : throw Damaged($"a length of {length}");

    readonly int Length(ulong length) => Length(length > int.MaxValue ? -1 : (long)length);

    string NextLine()
    {
        var rest = _bytes[_at..];
        var length = rest[..Math.Min(rest.Length, 1024)].IndexOf((byte)'\n');
        if (length < 0) throw Damaged("a name without an end");
        _at += length + 1;
        return Encoding.Latin1.GetString(rest[..length]);
    }

    void Charge(long bytes)
    {
        _budget -= bytes;
        if (_budget < 0) throw TooLarge("memory");
    }

    static string Show(byte code) => code is > 32 and < 127 ? $"'{(char)code}'" : $"0x{code:x2}";

    readonly WeightsException Damaged(string detail, Exception? inner = null) =>
        new(InvalidPickle, _file, null, $"its pickle is damaged: found {detail} at byte {_at}", inner);

    readonly WeightsException Forbidden(string detail) => new(ForbiddenPickle, _file, null, $"its pickle has {detail} at byte {_at}");

    readonly WeightsException TooLarge(string what) => new(PickleTooLarge, _file, null, $"its pickle needs too much {what} (byte {_at})");
}
