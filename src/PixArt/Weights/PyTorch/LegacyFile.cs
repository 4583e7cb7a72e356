using System.Buffers.Binary;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.PyTorch;

/// <summary>The form of torch.save before 1.6: five pickles (a magic number, 1001, the machine, the object, the keys of its
/// storages), then for each key an element count of eight bytes and the elements.</summary>
sealed class LegacyFile
{
    const int MaxPickleBytes = 256 << 20;
    const long Protocol = 1001;

    // PROTO 2, LONG1 of ten bytes 0x1950a86a20f9469cfc6c, STOP.
    static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    readonly MappedFile _file;
    readonly Dictionary<string, (long Offset, long Available)> _places = new(StringComparer.Ordinal);
    readonly Dictionary<string, PickleStorage> _storages = new(StringComparer.Ordinal);

    LegacyFile(MappedFile file, object? root, bool isBigEndian)
    {
        _file = file;
        Root = root;
        IsBigEndian = isBigEndian;
    }

    public object? Root { get; }

    public bool IsBigEndian { get; }

    public static bool Recognises(MappedFile file) =>
        file.Length > Magic.Length && file.Span(0, Magic.Length).SequenceEqual(Magic);

    public static LegacyFile Read(MappedFile file)
    {
        var head = file.Span(0, Math.Min(file.Length, MaxPickleBytes));
        var at = Magic.Length;
        if (ReadOne(file, head, ref at) is not Protocol)
            throw new WeightsException(InvalidPickle, file.Path, null, $"has a legacy protocol other than {Protocol}");
        var machine = ReadOne(file, head, ref at) as PickleDict;
        if (machine?["little_endian"] is not bool little)
            throw new WeightsException(InvalidPickle, file.Path, null, "does not say the byte order of its machine");
        var legacy = new LegacyFile(file, ReadOne(file, head, ref at), !little);
        if (ReadOne(file, head, ref at) is not PickleList keys)
            throw new WeightsException(InvalidPickle, file.Path, null, "does not list its storages");
        legacy.Walk(keys, at);
        return legacy;
    }

    /// <summary>Where a storage lies.</summary>
    public (long Offset, long Length) Place(PickleStorage storage) => _places.TryGetValue(storage.Key, out var place)
        ? place
        : throw new WeightsException(InvalidPickle, _file.Path, null, $"lacks the storage '{WeightsException.Shorten(storage.Key)}' that its pickle names");

    static object? ReadOne(MappedFile file, ReadOnlySpan<byte> head, ref int at)
    {
        var reader = new PickleReader(file.Path, head[at..]);
        var value = reader.Read();
        at += reader.Position;
        return value;
    }

    void Walk(PickleList keys, long at)
    {
        PickleContents.VisitStorages(_file.Path, Root, storage => _storages.TryAdd(storage.Key, storage));
        foreach (var key in keys.Items)
        {
            if (key is not string name || !_storages.TryGetValue(name, out var storage) || storage.Type is not { } type)
                throw new WeightsException(InvalidPickle, _file.Path, null, "lists a storage that its pickle does not name");
            if (at > _file.Length - 8) throw Truncated(name);
            var bytes = _file.Span(at, 8);
            var count = IsBigEndian ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
            if (count != storage.Count)
                throw new WeightsException(InvalidPickle, _file.Path, null, $"has {count} elements in storage '{WeightsException.Shorten(name)}', expected {storage.Count}");
            at += 8;
            var element = type.Bits() / 8;
            if (count > (_file.Length - at) / element) throw Truncated(name);
            if (!_places.TryAdd(name, (at, count * element)))
                throw new WeightsException(InvalidPickle, _file.Path, null, $"lists the storage '{WeightsException.Shorten(name)}' twice");
            at += count * element;
        }

        if (at != _file.Length)
            throw new WeightsException(InvalidPickle, _file.Path, null, $"has {_file.Length - at} bytes after its last storage");
    }

    WeightsException Truncated(string key) =>
        new(InvalidPickle, _file.Path, null, $"is truncated in storage '{WeightsException.Shorten(key)}'");
}
