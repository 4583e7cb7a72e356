using System.Buffers.Binary;

namespace PixArt.Imaging.Metadata;

/// <summary>The EXIF chunk of a WebP, which needs the extended file layout (VP8X).</summary>
static class WebpChunks
{
    const int RiffHeader = 12, ChunkHeader = 8;
    const byte AlphaFlag = 0x10, ExifFlag = 0x08;

    /// <summary>The picture with an EXIF chunk at its end; any other goes, libvips writes one even when told not to.</summary>
    public static byte[] WriteExif(ReadOnlySpan<byte> webp, ReadOnlySpan<byte> exif, Image image)
    {
        var extended = webp[RiffHeader..].StartsWith("VP8X"u8);
        using var result = new MemoryStream();
        result.Write(webp[..RiffHeader]);
        if (!extended) Append(result, "VP8X"u8, Features(image));
        foreach (var (isExif, _, chunk) in Parse(webp))
        {
            if (!isExif) result.Write(webp[chunk]);
        }

        Append(result, "EXIF"u8, exif);
        var bytes = result.ToArray();
        bytes[RiffHeader + ChunkHeader] |= ExifFlag;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - ChunkHeader);
        return bytes;
    }

    /// <summary>The EXIF block; empty when there is none.</summary>
    /// <exception cref="InvalidDataException">A chunk passes the end.</exception>
    public static ReadOnlySpan<byte> FindExif(ReadOnlySpan<byte> webp)
    {
        foreach (var (isExif, data, _) in Parse(webp))
        {
            if (isExif) return webp[data];
        }

        return [];
    }

    static List<(bool IsExif, Range Data, Range Chunk)> Parse(ReadOnlySpan<byte> webp)
    {
        var chunks = new List<(bool, Range, Range)>();
        for (var at = RiffHeader; at + ChunkHeader <= webp.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(webp[(at + 4)..]);
            if (length > webp.Length - at - ChunkHeader)
                throw new InvalidDataException($"a chunk of {length} bytes at byte {at}");
            var dataEnd = at + ChunkHeader + (int)length;
            var end = Math.Min(webp.Length, dataEnd + (dataEnd & 1));
            chunks.Add((webp[at..].StartsWith("EXIF"u8), (at + ChunkHeader)..dataEnd, at..end));
            at = end;
        }

        return chunks;
    }

    static byte[] Features(Image image)
    {
        var features = new byte[10];
        if (image.HasAlpha) features[0] = AlphaFlag;
        WriteUInt24(features.AsSpan(4), image.Width - 1);
        WriteUInt24(features.AsSpan(7), image.Height - 1);
        return features;
    }

    static void WriteUInt24(Span<byte> bytes, int value) =>
        (bytes[0], bytes[1], bytes[2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));

    static void Append(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        stream.Write(type);
        stream.Write(length);
        stream.Write(data);
        if ((data.Length & 1) == 1) stream.WriteByte(0);
    }
}
