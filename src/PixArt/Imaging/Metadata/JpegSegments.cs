using System.Buffers.Binary;

namespace PixArt.Imaging.Metadata;

/// <summary>The EXIF segment of a JPEG (APP1).</summary>
static class JpegSegments
{
    const byte App0 = 0xE0, App1 = 0xE1, StartOfScan = 0xDA, EndOfImage = 0xD9;
    const int LongestExif = ushort.MaxValue - 8;

    /// <summary>The picture with an EXIF segment where decoders look for it, at the front (after JFIF's).</summary>
    public static byte[] WriteExif(ReadOnlySpan<byte> jpeg, ReadOnlySpan<byte> exif)
    {
        if (exif.Length > LongestExif)
        {
            throw new InvalidSettingException(
                "metadata", $"{exif.Length} bytes", $"at most {LongestExif} bytes in a JPEG (use PNG)");
        }

        var at = 2;
        if (jpeg[3] == App0) at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg[4..]);
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(exif.Length + 8));
        return [.. jpeg[..at], 0xFF, App1, .. length, .. "Exif\0\0"u8, .. exif, .. jpeg[at..]];
    }

    /// <summary>The EXIF block; empty when there is none.</summary>
    /// <exception cref="InvalidDataException">The segments before the pixels are damaged.</exception>
    public static ReadOnlySpan<byte> FindExif(ReadOnlySpan<byte> jpeg)
    {
        for (var at = 2; ;)
        {
            if (jpeg.Length - at < 4 || jpeg[at] != 0xFF) throw new InvalidDataException($"no segment at byte {at}");
            var marker = jpeg[at + 1];
            if (marker == 0xFF)
            {
                at++; // padding
                continue;
            }

            if (marker is StartOfScan or EndOfImage) return [];
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            if (length < 2 || length > jpeg.Length - at - 2)
                throw new InvalidDataException($"a segment of {length} bytes at byte {at}");
            var data = jpeg.Slice(at + 4, length - 2);
            if (marker == App1 && data.StartsWith("Exif\0\0"u8)) return data[6..];
            at += 2 + length;
        }
    }
}
