using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace PixArt.Imaging.Metadata;

/// <summary>
/// Texts by keyword in an EXIF block, for formats without text chunks of their own: <c>parameters</c> as the user
/// comment, where image generators put it, and every other keyword in one JSON object as the image description.
/// </summary>
static class ExifText
{
    public const string Parameters = "parameters";
    const ushort ImageDescription = 0x010E, ExifFolder = 0x8769, UserComment = 0x9286;
    const ushort Ascii = 2, Long = 4, Undefined = 7;
    const int HeaderLength = 8, EntryLength = 12;

    /// <summary>A TIFF block (big-endian) that holds the texts.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, string> texts)
    {
        byte[] description = [.. Json(texts), 0];
        byte[] comment = [.. "UNICODE\0"u8, .. Encoding.BigEndianUnicode.GetBytes(texts.GetValueOrDefault(Parameters, ""))];

        // Header, folder of two entries, folder of one entry, then the two values.
        const int First = HeaderLength, Second = First + 2 + 2 * EntryLength + 4, Values = Second + 2 + EntryLength + 4;
        var block = new byte[Values + description.Length + comment.Length];
        "MM\0*"u8.CopyTo(block);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(4), First);
        BinaryPrimitives.WriteInt16BigEndian(block.AsSpan(First), 2);
        WriteEntry(block.AsSpan(First + 2), ImageDescription, Ascii, description.Length, Values);
        WriteEntry(block.AsSpan(First + 2 + EntryLength), ExifFolder, Long, 1, Second);
        BinaryPrimitives.WriteInt16BigEndian(block.AsSpan(Second), 1);
        WriteEntry(block.AsSpan(Second + 2), UserComment, Undefined, comment.Length, Values + description.Length);
        description.CopyTo(block, Values);
        comment.CopyTo(block, Values + description.Length);
        return block;
    }

    /// <summary>The texts of a TIFF block of either byte order; none of an empty one. Other fields are left out.</summary>
    /// <exception cref="InvalidDataException">The block is damaged.</exception>
    public static Dictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (block.IsEmpty) return texts;
        if (block.StartsWith("Exif\0\0"u8)) block = block[6..];
        var reader = new TiffReader(block);
        if (reader.Find(reader.FirstFolder, ImageDescription) is { } description)
            ReadJson(block[description], texts);
        if (reader.Find(reader.FirstFolder, ExifFolder) is { } pointer)
        {
            var folder = reader.UInt32(pointer.Start.Value);
            var comment = reader.Find(folder, UserComment) is { } range ? block[range] : [];
            if (ReadComment(comment, reader.IsBigEndian) is { Length: > 0 } text) texts[Parameters] = text;
        }

        return texts;
    }

    static void WriteEntry(Span<byte> entry, ushort tag, ushort type, int count, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(entry, tag);
        BinaryPrimitives.WriteUInt16BigEndian(entry[2..], type);
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], count);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], value);
    }

    // The default encoder escapes all that is not ASCII, which is what the field may hold.
    static byte[] Json(IReadOnlyDictionary<string, string> texts)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (keyword, text) in texts)
            {
                if (!string.Equals(keyword, Parameters, StringComparison.Ordinal)) writer.WriteString(keyword, text);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    // Descriptions of other programs are no JSON object of texts; they are no metadata of ours.
    static void ReadJson(ReadOnlySpan<byte> description, Dictionary<string, string> texts)
    {
        try
        {
            using var json = JsonDocument.Parse(description.TrimEnd((byte)0).ToArray());
            if (json.RootElement.ValueKind != JsonValueKind.Object) return;
            foreach (var property in json.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.String) texts[property.Name] = property.Value.GetString()!;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is no character.
        }
    }

    static string ReadComment(ReadOnlySpan<byte> comment, bool bigEndian)
    {
        if (comment.Length < 8) return "";
        var text = comment[8..];
        if (!comment.StartsWith("UNICODE\0"u8)) return Encoding.UTF8.GetString(text.Trim((byte)0));
        if (text.StartsWith<byte>([0xFF, 0xFE]) || text.StartsWith<byte>([0xFE, 0xFF]))
        {
            bigEndian = text[0] == 0xFE;
            text = text[2..];
        }

        return (bigEndian ? Encoding.BigEndianUnicode : Encoding.Unicode).GetString(text);
    }
}
