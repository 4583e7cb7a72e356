using System.Globalization;
using System.Numerics;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.PyTorch;

/// <summary>The tensors and plain settings of a pickle's object, by dotted name.</summary>
sealed class PickleContents
{
    // A graph of shared lists can have more paths than memory has bytes; a real checkpoint has a few thousand.
    const int MaxVisits = 2_000_000;
    const int MaxDepth = 32;
    const int MaxSettings = 100_000;
    const int MaxNameLength = 4096;

    // All names and settings together.
    const long MaxText = 24 << 20;

    // Elements that repeat (stride 0) may take this much more than the file before the tensor is refused.
    const long RepeatAllowance = 16 << 20;

    static readonly string[] s_usual = ["state_dict", "model_state_dict", "model", "module", "params_ema", "params", "net"];

    readonly string _file;
    readonly long _fileLength;
    readonly Func<PickleStorage, (long Offset, long Length)> _place;
    int _visits;
    long _text;

    PickleContents(string file, long fileLength, Func<PickleStorage, (long Offset, long Length)> place)
    {
        _file = file;
        _fileLength = fileLength;
        _place = place;
    }

    public Dictionary<string, StoredTensor> Tensors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Sections { get; private set; } = [];

    public static PickleContents Collect(
        string file, object? root, string? section, long fileLength, Func<PickleStorage, (long Offset, long Length)> place)
    {
        var contents = new PickleContents(file, fileLength, place);
        contents.Sections = contents.FindSections(root);
        section ??= s_usual.FirstOrDefault(contents.Sections.Contains) ?? "";
        if (section.Length == 0)
        {
            contents.Collect(root, "", 0, tensors: true);
            return contents;
        }

        if (root is not PickleDict parts || parts[section] is not { } wanted)
        {
            throw new WeightsException(
                NotFound, file, null, $"has no part '{WeightsException.Shorten(section)}'; it has {string.Join(", ", contents.Sections.Take(10).Select(WeightsException.Shorten))}");
        }

        contents.Collect(wanted, "", 0, tensors: true);
        foreach (var (key, value) in parts.Items)
        {
            if (!section.Equals(key as string, StringComparison.Ordinal)) contents.Collect(value, NameOf(key), 0, tensors: false);
        }

        return contents;
    }

    public static void VisitStorages(string file, object? root, Action<PickleStorage> visit)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object?>([root]);
        while (open.TryPop(out var value))
        {
            if (value is PickleTensor or PickleStorage)
            {
                visit(value as PickleStorage ?? ((PickleTensor)value).Storage);
                continue;
            }

            if (value is not (PickleDict or PickleList or PickleTuple) || !seen.Add(value)) continue;
            foreach (var (_, child) in Children(value)) open.Push(child);
            if (open.Count > MaxVisits) throw TooLarge(file);
        }
    }

    string[] FindSections(object? root)
    {
        if (root is not PickleDict dict || dict.Items.Any(i => i.Value is PickleTensor)) return [];
        return [.. dict.Items.Where(i => i.Key is string && HasTensor(i.Value)).Select(i => (string)i.Key!)];
    }

    bool HasTensor(object? root)
    {
        var found = false;
        VisitStorages(_file, root, _ => found = true);
        return found;
    }

    void Collect(object? value, string name, int depth, bool tensors)
    {
        if (++_visits > MaxVisits || depth > MaxDepth || name.Length > MaxNameLength) throw TooLarge(_file);
        Charge(name.Length);
        if (value is PickleTensor tensor)
        {
            if (!tensors) return;
            if (!Tensors.TryAdd(name, Stored(name, tensor)))
                throw new WeightsException(InvalidPickle, _file, name, "appears twice");
        }
        else if (value is PickleDict or PickleList or PickleTuple)
        {
            foreach (var (key, child) in Children(value))
                Collect(child, name.Length == 0 ? key : $"{name}.{key}", depth + 1, tensors);
        }
        else if (name.Length > 0 && Metadata.Count < MaxSettings && Show(value) is { } shown)
        {
            Charge(shown.Length);
            Metadata[name] = shown;
        }
    }

    StoredTensor Stored(string name, PickleTensor tensor)
    {
        var bytes = SafetensorsHeader.ByteCount(_file, name, tensor.Type, tensor.Shape);
        if (bytes > _fileLength + RepeatAllowance)
            throw new WeightsException(PickleTooLarge, _file, name, $"{StoredTensor.ShowShape(tensor.Shape)} takes {bytes} bytes, more than its file");
        var (place, available) = _place(tensor.Storage);
        var element = tensor.Type.Bits() / 8;
        try
        {
            var unit = (tensor.Storage.Type ?? StoredType.U8).Bits() / 8;
            var storageBytes = checked(tensor.Storage.Count * unit);
            if (storageBytes > available)
                throw new WeightsException(InvalidPickle, _file, name, $"its storage has {available} bytes, expected {storageBytes}");
            var first = checked((tensor.Offset + tensor.Storage.ViewOffset) * element);
            var end = bytes == 0 ? first : checked(first + element);
            for (var d = 0; bytes > 0 && d < tensor.Shape.Length; d++)
                end = checked(end + ((tensor.Shape[d] - 1) * tensor.Strides[d] * element));
            if (end > storageBytes && bytes > 0)
                throw new WeightsException(InvalidPickle, _file, name, $"reaches to byte {end} of a storage of {storageBytes}");
            return new StoredTensor(name, tensor.Type, tensor.Shape, bytes == 0 ? place : place + first, bytes)
            {
                Strides = IsRowMajor(tensor) ? null : tensor.Strides,
            };
        }
        catch (OverflowException e)
        {
            throw new WeightsException(ValidationOverflow, _file, name, "its offset and strides overflow", e);
        }
    }

    static bool IsRowMajor(PickleTensor tensor)
    {
        long step = 1;
        for (var d = tensor.Shape.Length - 1; d >= 0; d--)
        {
            if (tensor.Shape[d] == 0) return true;
            if (tensor.Shape[d] != 1 && tensor.Strides[d] != step) return false;
            step *= tensor.Shape[d];
        }

        return true;
    }

    static IEnumerable<(string Name, object? Value)> Children(object container) => container switch
    {
        PickleDict dict => dict.Items.Select(i => (NameOf(i.Key), i.Value)),
        PickleList list => list.Items.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
        PickleTuple tuple => tuple.Items.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
        _ => [],
    };

    static string NameOf(object? key) => key as string ?? Show(key) ?? "?";

    static string? Show(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long or double or BigInteger => Convert.ToString(value, CultureInfo.InvariantCulture),
        _ => null,
    };

    void Charge(int characters)
    {
        _text += 2L * (characters + 64);
        if (_text > MaxText) throw TooLarge(_file);
    }

    static WeightsException TooLarge(string file) => new(PickleTooLarge, file, null, "its pickle is too deep or too large");
}
