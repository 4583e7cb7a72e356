using System.Buffers.Binary;
using System.Text;

namespace PixArt.Imaging.Metadata;

/// <summary>A PNG as its chunks: length, type, data, checksum (PNG specification, section 5).</summary>
static class PngChunks
{
    public const int SignatureLength = 8;

    /// <summary>Bytes of a chunk besides its data: length, type and checksum.</summary>
    public const int Overhead = 12;

    /// <summary>Type and place of every chunk's data up to IEND, lengths and (if asked) checksums verified.</summary>
    /// <exception cref="PixArtException">Not a PNG, or damaged.</exception>
    public static List<(string Type, Range Data)> Parse(
        ReadOnlySpan<byte> png, string name, bool checksums = true)
    {
        if (ImageFormats.Sniff(png) != ImageFormat.Png) throw new PixArtException($"{name}: not a PNG file");
        var chunks = new List<(string, Range)>();
        var at = SignatureLength;
        while (true)
        {
            if (png.Length - at < Overhead) throw Damaged(name, at, "the file ends before its IEND chunk");
            var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
            if (length > png.Length - at - Overhead)
                throw Damaged(name, at, $"a chunk of {length} bytes passes the file's end");
            var size = (int)length;
            if (checksums
                && Crc32.Of(png.Slice(at + 4, size + 4)) != BinaryPrimitives.ReadUInt32BigEndian(png[(at + 8 + size)..]))
            {
                throw Damaged(name, at, "a chunk's checksum is wrong");
            }

            var type = Encoding.Latin1.GetString(png.Slice(at + 4, 4));
            if (chunks.Count == 0 && !string.Equals(type, "IHDR", StringComparison.Ordinal))
                throw Damaged(name, at, "the first chunk is not IHDR");
            chunks.Add((type, (at + 8)..(at + 8 + size)));
            if (string.Equals(type, "IEND", StringComparison.Ordinal)) return chunks;
            at += Overhead + size;
        }
    }

    /// <summary>Appends one chunk.</summary>
    public static void Write(Stream stream, string type, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[Overhead + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.Latin1.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.Of(chunk.AsSpan(4, 4 + data.Length)));
        stream.Write(chunk);
    }

    static PixArtException Damaged(string name, int at, string what) =>
        new($"{name}: damaged PNG picture at byte {at}: {what}");
}
