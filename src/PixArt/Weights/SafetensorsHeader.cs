using System.Buffers.Binary;
using System.Collections.ObjectModel;
using System.Text.Json;
using System.Text.Unicode;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>The header of a safetensors file: eight bytes of length, then JSON. Strict: what the format does not promise is
/// refused, so that everything after it may trust shapes and offsets.</summary>
sealed class SafetensorsHeader
{
    /// <summary>Longest JSON header, bytes.</summary>
    public const long MaxHeaderBytes = 100_000_000;

    // libtorch handles 64 dimensions at most; the bound also keeps a hostile shape list small.
    const int MaxRank = 64;

    SafetensorsHeader(Dictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>Name → tensor.</summary>
    public Dictionary<string, StoredTensor> Tensors { get; }

    /// <summary>The <c>__metadata__</c> entry.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="head">The file's first bytes: at least the eight of the length and the JSON, if the file has them.</param>
    /// <param name="fileLength">Length of the whole file.</param>
    public static SafetensorsHeader Parse(string file, ReadOnlySpan<byte> head, long fileLength)
    {
        var jsonLength = JsonLength(file, head, fileLength);
        var json = head.Slice(8, jsonLength);
        if (json.IsEmpty || json[0] != (byte)'{')
            throw new WeightsException(InvalidHeader, file, null, "the safetensors header does not begin with '{'");
        if (!Utf8.IsValid(json))
            throw new WeightsException(InvalidHeader, file, null, "the safetensors header is not UTF-8");

        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        IReadOnlyDictionary<string, string>? metadata = null;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
            reader.Read();
            while (Next(ref reader) != JsonTokenType.EndObject)
            {
                var name = reader.GetString()!;
                if (string.Equals(name, "__metadata__", StringComparison.Ordinal))
                {
                    if (metadata is not null) throw Malformed(file, null, "has two '__metadata__'");
                    metadata = ReadMetadata(file, ref reader);
                }
                else if (!tensors.TryAdd(name, ReadTensor(file, name, ref reader)))
                {
                    throw Malformed(file, name, "appears twice in the header");
                }
            }

            reader.Read(); // throws when anything but space follows
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that escapes half a surrogate pair.
            throw Malformed(file, null, "the safetensors header is not valid JSON: " + e.Message, e);
        }

        Validate(file, tensors, 8 + jsonLength, fileLength);
        return new SafetensorsHeader(tensors, metadata ?? ReadOnlyDictionary<string, string>.Empty);
    }

    /// <summary>Length of the JSON, checked against the file's.</summary>
    public static int JsonLength(string file, ReadOnlySpan<byte> head, long fileLength)
    {
        if (fileLength < 8 || head.Length < 8)
        {
            throw new WeightsException(
                HeaderTooSmall, file, null, $"is no safetensors file: {fileLength} bytes, a header alone takes 8");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(head);
        if (length > MaxHeaderBytes)
        {
            throw new WeightsException(
                HeaderTooLarge, file, null, $"is no safetensors file: its header claims {length} bytes, at most {MaxHeaderBytes}");
        }

        if ((long)length > fileLength - 8)
        {
            throw new WeightsException(
                InvalidHeaderLength, file, null, $"is truncated: its header takes {length} bytes, the file has {fileLength - 8}");
        }

        return (int)length;
    }

    static Dictionary<string, string> ReadMetadata(string file, ref Utf8JsonReader reader)
    {
        if (Next(ref reader) != JsonTokenType.StartObject) throw Malformed(file, null, "'__metadata__' is not an object");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            if (Next(ref reader) != JsonTokenType.String)
                throw Malformed(file, null, $"'__metadata__' entry '{WeightsException.Shorten(key)}' is not text");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw Malformed(file, null, $"'__metadata__' entry '{WeightsException.Shorten(key)}' appears twice");
        }

        return metadata;
    }

    static StoredTensor ReadTensor(string file, string name, ref Utf8JsonReader reader)
    {
        if (Next(ref reader) != JsonTokenType.StartObject) throw Malformed(file, name, "is not an object in the header");
        string? type = null;
        long[]? shape = null, offsets = null;
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            var twice = false;
            if (reader.ValueTextEquals("dtype"))
            {
                twice = type is not null;
                if (Next(ref reader) != JsonTokenType.String) throw Malformed(file, name, "'dtype' is not text");
                type = reader.GetString()!;
            }
            else if (reader.ValueTextEquals("shape"))
            {
                twice = shape is not null;
                shape = ReadNumbers(file, name, "shape", ref reader);
            }
            else if (reader.ValueTextEquals("data_offsets"))
            {
                twice = offsets is not null;
                offsets = ReadNumbers(file, name, "data_offsets", ref reader);
                if (offsets.Length != 2) throw Malformed(file, name, "'data_offsets' is not a pair");
            }
            else
            {
                reader.Read();
                reader.Skip();
            }

            if (twice) throw Malformed(file, name, "has a field twice");
        }

        if (type is null) throw Malformed(file, name, "has no 'dtype'");
        if (shape is null) throw Malformed(file, name, "has no 'shape'");
        if (offsets is null) throw Malformed(file, name, "has no 'data_offsets'");
        if (!StoredTypes.TryParse(type, out var stored))
            throw Malformed(file, name, $"unknown dtype '{WeightsException.Shorten(type)}'");
        if (offsets[1] < offsets[0])
            throw new WeightsException(InvalidOffset, file, name, $"ends at {offsets[1]}, before it begins at {offsets[0]}");
        return new StoredTensor(name, stored, shape, offsets[0], offsets[1] - offsets[0]);
    }

    static long[] ReadNumbers(string file, string name, string field, ref Utf8JsonReader reader)
    {
        if (Next(ref reader) != JsonTokenType.StartArray) throw Malformed(file, name, $"'{field}' is not a list");
        var numbers = new List<long>(4);
        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt64(out var number))
                throw Malformed(file, name, $"'{field}' holds something that is not a whole number from 0 to 2^64-1");
            if (number > long.MaxValue)
                throw new WeightsException(ValidationOverflow, file, name, $"'{field}' holds {number}, too large");
            if (numbers.Count == MaxRank)
                throw new WeightsException(TensorInvalidInfo, file, name, $"'{field}' has more than {MaxRank} numbers");
            numbers.Add((long)number);
        }

        return [.. numbers];
    }

    /// <summary>Checks sizes and that the spans follow each other from 0 to the last byte; turns offsets into file offsets.</summary>
    static void Validate(string file, Dictionary<string, StoredTensor> tensors, long dataStart, long fileLength)
    {
        var inOrder = tensors.Values.ToArray();
        Array.Sort(inOrder, static (a, b) => (a.Offset, a.ByteCount).CompareTo((b.Offset, b.ByteCount)));
        long end = 0;
        foreach (var tensor in inOrder)
        {
            if (tensor.Offset != end)
            {
                var what = tensor.Offset < end ? "overlaps the tensor before it" : "leaves a hole before it";
                throw new WeightsException(
                    InvalidOffset, file, tensor.Name, $"begins at {tensor.Offset}, the tensor before it ends at {end}: {what}");
            }

            var expected = ByteCount(file, tensor.Name, tensor.Type, tensor.Shape);
            if (expected != tensor.ByteCount)
            {
                throw new WeightsException(
                    TensorInvalidInfo, file, tensor.Name,
                    $"has {tensor.ByteCount} bytes, but {tensor.Type.Name()} {tensor.ShapeText} takes {expected}");
            }

            end = tensor.Offset + tensor.ByteCount;
            tensors[tensor.Name] = tensor with { Offset = dataStart + tensor.Offset };
        }

        if (end == fileLength - dataStart) return;
        var detail = end > fileLength - dataStart ? "is truncated" : "has bytes after its last tensor";
        throw new WeightsException(
            MetadataIncompleteBuffer, file, null, $"{detail}: its tensors take {end} bytes, the file has {fileLength - dataStart}");
    }

    /// <summary>Bytes that a tensor takes.</summary>
    public static long ByteCount(string file, string name, StoredType type, IReadOnlyList<long> shape)
    {
        try
        {
            var bits = (long)type.Bits();
            foreach (var size in shape) bits = checked(bits * size);
            if (bits % 8 != 0)
                throw new WeightsException(MisalignedSlice, file, name, $"{type.Name()} of {bits} bits does not end on a byte");
            return bits / 8;
        }
        catch (OverflowException e)
        {
            throw new WeightsException(
                ValidationOverflow, file, name, $"shape {StoredTensor.ShowShape(shape)} has too many elements", e);
        }
    }

    static JsonTokenType Next(ref Utf8JsonReader reader)
    {
        // The reader itself throws when the JSON ends early; at this place there is always a next token.
        reader.Read();
        return reader.TokenType;
    }

    static WeightsException Malformed(string file, string? tensor, string detail, Exception? inner = null) =>
        new(InvalidHeaderDeserialization, file, tensor, detail, inner);
}
