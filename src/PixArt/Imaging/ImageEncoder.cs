using PixArt.Imaging.Vips;

namespace PixArt.Imaging;

/// <summary>Samples to encoded bytes.</summary>
static class ImageEncoder
{
    public static byte[] Encode(Image image, ImageFormat format, int quality)
    {
        if (format == ImageFormat.Jpeg && image.HasAlpha) image = image.ToRgb(Rgb.White);
        try
        {
            using var source = VipsPixels.Write(image);
            using var save = new VipsOperation(format switch
            {
                ImageFormat.Png => "pngsave_buffer",
                ImageFormat.Jpeg => "jpegsave_buffer",
                _ => "webpsave_buffer",
            });
            save.Set("in", source).Set("strip", true);
            if (format != ImageFormat.Png) save.Set("Q", quality);
            if (format == ImageFormat.Jpeg) save.Set("optimize_coding", true);
            if (format == ImageFormat.Webp) save.Set("lossless", quality == 100);
            return save.Build().OutputBlob("buffer");
        }
        catch (VipsException e)
        {
            throw new PixArtException(
                $"a {image.Width}×{image.Height} picture cannot be encoded as {format}: {e.Message}", e);
        }
    }
}
