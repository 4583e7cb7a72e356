using System.Buffers.Binary;
using PixArt.Imaging.Metadata;
using PixArt.Imaging.Vips;

namespace PixArt.Imaging;

/// <summary>Encoded bytes to 8-bit sRGB samples.</summary>
static unsafe class ImageDecoder
{
    public static Image Decode(ReadOnlySpan<byte> bytes, ImageLimits limits, string name)
    {
        limits.CheckBytes(name, bytes.Length);
        var format = ImageFormats.Sniff(bytes)
            ?? throw new PixArtException($"{name}: not a picture that can be read, expected PNG, JPEG or WebP");
        try
        {
            // Every image below dies before the pin does.
            fixed (byte* data = bytes)
            {
                RefuseCutShort(bytes, format, name);
                using var header = Open(format, data, bytes.Length);
                limits.CheckSize(name, Native.vips_image_get_width(header), Native.vips_image_get_height(header));
                using var upright = VipsOperation.Apply("autorot", header);
                using var srgb = ToSrgb(upright);
                return VipsPixels.Read(srgb);
            }
        }
        catch (VipsException e)
        {
            throw new PixArtException($"{name}: damaged {format.ToString().ToUpperInvariant()} picture: {e.Message}", e);
        }
    }

    /// <summary>Upright width and height, from the header; the bytes may end anywhere behind it.</summary>
    public static (int Width, int Height) Measure(ReadOnlySpan<byte> bytes, ImageLimits limits, string name)
    {
        var format = ImageFormats.Sniff(bytes)
            ?? throw new PixArtException($"{name}: not a picture that can be read, expected PNG, JPEG or WebP");
        return format == ImageFormat.Png ? PngSize(bytes, limits, name) : Header(bytes, format, limits, name);
    }

    public static Image DecodeScaled(
        ReadOnlySpan<byte> bytes, Func<int, int, (int Width, int Height)> size, ImageLimits limits, string name)
    {
        limits.CheckBytes(name, bytes.Length);
        var format = ImageFormats.Sniff(bytes)
            ?? throw new PixArtException($"{name}: not a picture that can be read, expected PNG, JPEG or WebP");
        RefuseCutShort(bytes, format, name);
        var before = Header(bytes, format, limits, name);
        var after = size(before.Width, before.Height);
        if (after == before) return Decode(bytes, limits, name);
        try
        {
            fixed (byte* data = bytes)
            {
                // Reads JPEG and WebP at a fraction of their size where that is enough, and turns them upright.
                using var load = new VipsOperation("thumbnail_buffer");
                load.SetBlob("buffer", data, bytes.Length).Set("width", after.Width).Set("height", after.Height)
                    .SetEnum("size", "VipsSize", VipsEnums.SizeForce).Set("option_string", "[fail_on=error]");
                using var scaled = load.Build().Output("out");
                using var srgb = ToSrgb(scaled);

                // With several threads libvips may take the pixels behind a damaged place for read.
                Native.vips_image_set_int(srgb, "concurrency", 1);
                return VipsPixels.Read(srgb);
            }
        }
        catch (VipsException e)
        {
            throw new PixArtException($"{name}: damaged picture: {e.Message}", e);
        }
    }

    static (int Width, int Height) Header(ReadOnlySpan<byte> bytes, ImageFormat format, ImageLimits limits, string name)
    {
        try
        {
            fixed (byte* data = bytes)
            {
                using var header = Open(format, data, bytes.Length);
                var (width, height) = (Native.vips_image_get_width(header), Native.vips_image_get_height(header));
                limits.CheckSize(name, width, height);
                return Native.vips_image_get_orientation_swap(header) != 0 ? (height, width) : (width, height);
            }
        }
        catch (VipsException e)
        {
            throw new PixArtException($"{name}: damaged {format.ToString().ToUpperInvariant()} picture: {e.Message}", e);
        }
    }

    // The first chunk of a PNG, which libvips must not see cut.
    static (int Width, int Height) PngSize(ReadOnlySpan<byte> bytes, ImageLimits limits, string name)
    {
        if (bytes.Length < 24 || !bytes[12..16].SequenceEqual("IHDR"u8))
            throw new PixArtException($"{name}: damaged PNG picture: it does not begin with its size");
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadInt32BigEndian(bytes[20..]));
        if (width < 1 || height < 1) throw new PixArtException($"{name}: damaged PNG picture: {width}×{height} pixels");
        limits.CheckSize(name, width, height);
        return (width, height);
    }

    // Of a PNG cut within its pixels libvips may make up the rest without a word, and of one cut within a text it may read on for minutes, taking
    // gigabytes: such a file does not reach it. (Checksums it verifies itself.)
    static void RefuseCutShort(ReadOnlySpan<byte> bytes, ImageFormat format, string name)
    {
        if (format == ImageFormat.Png) PngChunks.Parse(bytes, name, checksums: false);
    }

    // libvips reads only the header here; pixels are decoded when somebody asks for them.
    static VipsHandle Open(ImageFormat format, byte* data, int length)
    {
        using var load = new VipsOperation(format switch
        {
            ImageFormat.Png => "pngload_buffer",
            ImageFormat.Jpeg => "jpegload_buffer",
            _ => "webpload_buffer",
        });
        load.SetBlob("buffer", data, length).SetEnum("fail_on", "VipsFailOn", VipsEnums.FailOnError);
        return load.Build().Output("out");
    }

    static VipsHandle ToSrgb(VipsHandle image)
    {
        using var managed = ApplyProfile(image);
        using var srgb = VipsOperation.Apply(
            "colourspace", managed ?? image, o => o.SetEnum("space", "VipsInterpretation", VipsEnums.InterpretationSrgb));
        return VipsOperation.Apply("cast", srgb, o => o.SetEnum("format", "VipsBandFormat", VipsEnums.FormatUChar));
    }

    // A profile that does not fit its picture is common; such a picture is then read as if it had none.
    static VipsHandle? ApplyProfile(VipsHandle image)
    {
        if (!HasForeignProfile(image)) return null;
        try
        {
            return VipsOperation.Apply("icc_transform", image, o => o
                .Set("embedded", true).Set("output_profile", "srgb").Set("depth", 8));
        }
        catch (VipsException)
        {
            return null;
        }
    }

    // Most profiles are sRGB itself: going through the connection space and back would only add rounding errors.
    static bool HasForeignProfile(VipsHandle image)
    {
        const string Profile = "icc-profile-data";
        if (Native.vips_image_get_typeof(image, Profile) == 0) return false;
        if (Native.vips_image_get_blob(image, Profile, out var data, out var length) != 0) return false;
        var profile = new ReadOnlySpan<byte>(data, checked((int)length));
        return profile.IndexOf("sRGB IEC61966"u8) < 0 && profile.IndexOf("s\0R\0G\0B\0 \0I\0E\0C\06\01\09\06\06"u8) < 0;
    }
}
