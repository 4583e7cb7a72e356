using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using PixArt.Torch;
using static PixArt.Weights.WeightsErrorKind;

namespace PixArt.Weights;

/// <summary>Writes safetensors files, atomically. The same tensors give the same bytes in whatever order they come: large
/// element types first, then by name (so every tensor begins on a multiple of its element), data from a multiple of 8.</summary>
public static class SafetensorsWriter
{
    static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file; an older one of that name is replaced when the new one is complete.</param>
    /// <param name="tensors">What to write.</param>
    /// <param name="metadata">Free text entries, for example <c>format</c> = <c>pt</c>.</param>
    /// <exception cref="WeightsException">A name appears twice, or a tensor gave another number of bytes than its shape
    /// asks for.</exception>
    /// <exception cref="PixArtException">The file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => Write(stream, path, tensors, metadata));

    /// <summary>Writes tensors under their names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Name and tensor; they must live until this returns.</param>
    /// <param name="metadata">Free text entries.</param>
    /// <param name="type">The type to store floating-point tensors as; null: each its own.</param>
    /// <exception cref="PixArtException">The file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null, ScalarType? type = null) =>
        Write(path, tensors.Select(t => TensorToWrite.FromTensor(t.Key, t.Value, t.Value.DType.IsFloatingPoint() ? type : null)), metadata);

    /// <summary>Writes the same bytes into a stream.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="tensors">What to write.</param>
    /// <param name="metadata">Free text entries.</param>
    /// <exception cref="WeightsException">As above.</exception>
    public static void Write(
        Stream stream, string name, IEnumerable<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var inOrder = tensors.ToArray();
        Array.Sort(inOrder, static (a, b) =>
            b.Type.Bits() != a.Type.Bits() ? b.Type.Bits().CompareTo(a.Type.Bits())
            : b.Type != a.Type ? b.Type.CompareTo(a.Type)
            : string.CompareOrdinal(a.Name, b.Name));
        var header = Header(name, inOrder, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in inOrder)
        {
            var expected = SafetensorsHeader.ByteCount(name, tensor.Name, tensor.Type, tensor.Shape);
            var counted = new CountingStream(stream, sum: false);
            tensor.WriteBytes(counted);
            if (counted.Position == expected) continue;
            throw new WeightsException(
                InvalidTensorView, name, tensor.Name,
                $"gave {counted.Position} bytes, but {tensor.Type.Name()} {StoredTensor.ShowShape(tensor.Shape)} takes {expected}");
        }
    }

    static byte[] Header(string file, TensorToWrite[] inOrder, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (inOrder.Length * 96));
        var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        using (var json = new Utf8JsonWriter(buffer, s_json))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in inOrder)
            {
                if (!names.Add(tensor.Name))
                    throw new WeightsException(InvalidHeaderDeserialization, file, tensor.Name, "a second tensor has this name");
                var end = offset + SafetensorsHeader.ByteCount(file, tensor.Name, tensor.Type, tensor.Shape);
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.Name());
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        while (buffer.WrittenCount % 8 != 0) buffer.Write(" "u8);
        if (buffer.WrittenCount > SafetensorsHeader.MaxHeaderBytes)
            throw new WeightsException(HeaderTooLarge, file, null, $"the header would take {buffer.WrittenCount} bytes");
        return buffer.WrittenSpan.ToArray();
    }
}
