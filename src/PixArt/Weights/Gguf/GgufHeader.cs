using System.Globalization;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights.Gguf;

/// <summary>The header of a GGUF file: settings by name, then the tensors' names, shapes, types and places. Strict: tensors follow each
/// other, padded to the alignment, up to the end of the file.</summary>
sealed class GgufHeader
{
    const int MostEntries = 1 << 16;
    const int MaxRank = 4;
    const int LongestShown = 1 << 12;
    const string OriginalShape = "comfy.gguf.orig_shape.";

    readonly string _file;
    readonly Dictionary<string, long[]> _shapes = new(StringComparer.Ordinal);
    long _alignment = 32;

    GgufHeader(string file) => _file = file;

    /// <summary>Name → tensor.</summary>
    public Dictionary<string, StoredTensor> Tensors { get; } = new(StringComparer.Ordinal);

    /// <summary>Settings as text; of lists their length and kind.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="WeightsException">It is damaged, or of another version.</exception>
    public static GgufHeader Read(MappedFile file)
    {
        var header = new GgufHeader(file.Path);
        var cursor = new GgufCursor(file, 4);
        var version = cursor.UInt32();
        if (version is not (2 or 3))
        {
            var why = (version & 0xffff) == 0 ? " (its bytes are in the other order)" : "";
            throw new WeightsException(InvalidHeader, file.Path, null, $"is GGUF of version {version}{why}, expected 2 or 3");
        }

        var tensors = header.Count(cursor.UInt64(), "tensors");
        var settings = header.Count(cursor.UInt64(), "settings");
        for (var i = 0; i < settings; i++) header.ReadSetting(cursor);
        var inOrder = new List<StoredTensor>();
        for (var i = 0; i < tensors; i++) inOrder.Add(header.ReadTensor(cursor));
        header.Place(inOrder, cursor.Position, file.Length);
        return header;
    }

    int Count(ulong number, string what) => number <= MostEntries
        ? (int)number
        : throw new WeightsException(HeaderTooLarge, _file, null, $"claims {number} {what}, at most {MostEntries} are read");

    void ReadSetting(GgufCursor cursor)
    {
        var name = cursor.Text();
        if (Metadata.ContainsKey(name)) throw new WeightsException(InvalidHeader, _file, null, $"has the setting '{WeightsException.Shorten(name)}' twice");
        var type = cursor.UInt32();
        if (type == GgufCursor.ArrayType)
        {
            var (shown, numbers) = cursor.Array(keep: name.StartsWith(OriginalShape, StringComparison.Ordinal) ? MaxRank + 1 : 0);
            Metadata.Add(name, shown);
            if (numbers.Count > 0) _shapes[name[OriginalShape.Length..]] = [.. numbers];
            return;
        }

        var value = cursor.Value(type, name);
        Metadata.Add(name, value.Length <= LongestShown ? value : string.Create(CultureInfo.InvariantCulture, $"a text of {value.Length} characters"));
        if (!name.Equals("general.alignment", StringComparison.Ordinal)) return;
        if (!long.TryParse(value, CultureInfo.InvariantCulture, out _alignment) || _alignment is < 1 or > 1 << 20 || !long.IsPow2(_alignment))
            throw new WeightsException(InvalidHeader, _file, null, $"has the alignment {WeightsException.Shorten(value)}, expected a power of two up to {1 << 20}");
    }

    StoredTensor ReadTensor(GgufCursor cursor)
    {
        var name = cursor.Text();
        if (name.Length == 0) throw new WeightsException(InvalidHeader, _file, null, "has a tensor without a name");
        var rank = cursor.UInt32();
        if (rank > MaxRank) throw new WeightsException(TensorInvalidInfo, _file, name, $"has {rank} dimensions, at most {MaxRank}");
        // ggml counts dimensions from the innermost.
        var shape = new long[rank];
        for (var d = (int)rank - 1; d >= 0; d--)
        {
            var size = cursor.UInt64();
            shape[d] = size <= long.MaxValue ? (long)size : throw new WeightsException(ValidationOverflow, _file, name, $"has a dimension of {size}");
        }

        var number = cursor.UInt32();
        var offset = cursor.UInt64();
        if (offset > long.MaxValue) throw new WeightsException(ValidationOverflow, _file, name, $"begins at {offset}, more than a file can hold");
        var (type, blocks) = GgufTypes.Find(number)
            ?? throw new WeightsException(UnsupportedType, _file, name, $"has type number {number}, which is not known");
        var bytes = SafetensorsHeader.ByteCount(_file, name, type, shape);
        if (blocks is not null && (rank == 0 || shape[^1] % blocks.Elements != 0))
            throw new WeightsException(TensorInvalidInfo, _file, name, $"has shape {StoredTensor.ShowShape(shape)}, but {blocks.Name} has blocks of {blocks.Elements}");
        return new StoredTensor(name, type, Reshaped(name, shape, bytes, type), (long)offset, bytes) { Blocks = blocks };
    }

    // ComfyUI's converter lays small tensors out anew to fit the blocks, and notes the shape that they had.
    long[] Reshaped(string name, long[] shape, long bytes, StoredType type)
    {
        if (!_shapes.TryGetValue(name, out var original)) return shape;
        return original.Length <= MaxRank && original.All(size => size >= 0) && SafetensorsHeader.ByteCount(_file, name, type, original) == bytes
            ? original
            : throw new WeightsException(TensorInvalidInfo, _file, name, $"has {StoredTensor.ShowShape(shape)}, but is said to have been {StoredTensor.ShowShape(original)}");
    }

    void Place(List<StoredTensor> tensors, long headerEnd, long fileLength)
    {
        var start = Aligned(headerEnd);
        long end = 0;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != Aligned(end))
                throw new WeightsException(InvalidOffset, _file, tensor.Name, $"begins at {tensor.Offset}, expected {Aligned(end)}, after the tensor before it");
            if (tensor.StoredBytes > fileLength - start - tensor.Offset)
            {
                throw new WeightsException(
                    MetadataIncompleteBuffer, _file, tensor.Name, $"ends at {tensor.Offset + tensor.StoredBytes}, but the file has {Math.Max(0, fileLength - start)} bytes of tensors");
            }

            end = tensor.Offset + tensor.StoredBytes;
            if (!Tensors.TryAdd(tensor.Name, tensor with { Offset = start + tensor.Offset }))
                throw new WeightsException(InvalidHeader, _file, tensor.Name, "appears twice in the header");
        }

        if (tensors.Count > 0 && fileLength > start + Aligned(end))
            throw new WeightsException(MetadataIncompleteBuffer, _file, null, $"has {fileLength - start - end} bytes after its last tensor");
    }

    long Aligned(long position) => (position + _alignment - 1) & ~(_alignment - 1);
}
