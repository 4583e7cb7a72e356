namespace PixArt.Weights.PyTorch;

// What a pickle may hold, as plain records: null, bool, long, BigInteger, double, string, byte[] and these. Nothing here does
// anything; a graph may be cyclic or share parts.

/// <summary>A list, or a set.</summary>
sealed class PickleList
{
    List<object?>? _items;

    public IReadOnlyList<object?> Items => _items ?? (IReadOnlyList<object?>)[];

    public void Add(object? item) => (_items ??= []).Add(item);
}

/// <summary>A tuple.</summary>
sealed record PickleTuple(object?[] Items);

/// <summary>A dict, an OrderedDict or a Counter: pairs in order; of the same text or number the last one counts.</summary>
sealed class PickleDict
{
    List<KeyValuePair<object?, object?>>? _items;
    Dictionary<object, int>? _places;

    public IReadOnlyList<KeyValuePair<object?, object?>> Items => _items ?? (IReadOnlyList<KeyValuePair<object?, object?>>)[];

    public void Set(object? key, object? value)
    {
        _items ??= [];
        // Other keys are never looked up, and hashing a tuple that contains itself would not end.
        if (key is string or long)
        {
            _places ??= [];
            if (_places.TryGetValue(key, out var place))
            {
                _items[place] = new(key, value);
                return;
            }

            _places.Add(key, _items.Count);
        }

        _items.Add(new(key, value));
    }

    public object? this[string key] => _places is not null && _places.TryGetValue(key, out var place) ? _items![place].Value : null;
}

/// <summary>A class or a function of the allowed list, by name.</summary>
sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A run of elements. <paramref name="Type"/> null: bytes, whose type the tensor says.</summary>
sealed record PickleStorage(StoredType? Type, string Key, long Count, long ViewOffset);

/// <summary>A view of a storage.</summary>
sealed record PickleTensor(PickleStorage Storage, StoredType Type, long Offset, long[] Shape, long[] Strides);
