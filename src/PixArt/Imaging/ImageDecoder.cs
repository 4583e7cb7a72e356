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
