using System.Runtime.InteropServices;
using PixArt.Imaging.Vips;

namespace PixArt.Imaging;

/// <summary>Samples across the border between us and libvips.</summary>
static unsafe class VipsPixels
{
    /// <summary>Copies the samples in, tagged as grey or sRGB.</summary>
    public static VipsHandle Write(Image image)
    {
        VipsLibrary.Start();
        fixed (byte* data = image.Pixels)
        {
            var copy = Native.vips_image_new_from_memory_copy(
                data, (nuint)image.Pixels.Length, image.Width, image.Height, image.Channels, VipsEnums.FormatUChar);
            if (copy == 0) throw new VipsException("new_from_memory_copy");
            using var plain = new VipsHandle(copy);
            var space = image.Channels == 1 ? VipsEnums.InterpretationGrey : VipsEnums.InterpretationSrgb;
            return VipsOperation.Apply("copy", plain, o => o.SetEnum("interpretation", "VipsInterpretation", space));
        }
    }

    /// <summary>Runs the pipeline behind an 8-bit image and copies the samples out.</summary>
    public static Image Read(VipsHandle image)
    {
        var (width, height) = (Native.vips_image_get_width(image), Native.vips_image_get_height(image));
        var bands = Native.vips_image_get_bands(image);
        if (bands is not (1 or 3 or 4) || Native.vips_image_get_format(image) != VipsEnums.FormatUChar)
            throw new PixArtException($"a picture of {bands} channels has no RGB form");
        var memory = Native.vips_image_write_to_memory(image, out var size);
        if (memory == 0) throw new VipsException("decode");
        try
        {
            var pixels = GC.AllocateUninitializedArray<byte>(checked((int)size));
            Marshal.Copy(memory, pixels, 0, pixels.Length);
            return new Image(width, height, bands, pixels);
        }
        finally
        {
            Native.g_free(memory);
        }
    }
}
