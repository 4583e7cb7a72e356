using System.Buffers.Binary;
using System.IO.Compression;
using PixArt.Imaging.Metadata;

namespace PixArt.Tests.Imaging;

/// <summary>PNG files of kinds that we read but never write.</summary>
static class PngBuilder
{
    public const byte Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6;

    /// <summary>A PNG from its rows of packed samples.</summary>
    public static byte[] Make(
        int width, byte bitDepth, byte colorType, byte[][] rows, params (string Type, byte[] Data)[] beforePixels)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), rows.Length);
        (header[8], header[9]) = (bitDepth, colorType);
        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Fastest))
        {
            foreach (var row in rows) zlib.Write([0, .. row]);
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        PngChunks.Write(png, "IHDR", header);
        foreach (var (type, data) in beforePixels) PngChunks.Write(png, type, data);
        PngChunks.Write(png, "IDAT", pixels.ToArray());
        PngChunks.Write(png, "IEND", []);
        return png.ToArray();
    }
}
