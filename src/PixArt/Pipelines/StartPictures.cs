using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>Prepares pictures and masks of a request for the autoencoder.</summary>
static class StartPictures
{
    const byte HalfWay = 128;

    /// <summary>A picture and its mask, scaled to cover a size and cropped in the middle.</summary>
    public static (Image Picture, Image? Mask) Fitted(Image picture, Image? mask, (int Height, int Width) size) =>
        (Cover(picture.ToRgb(), size), mask is null ? null : Cover(mask.ToRgb(), size));

    /// <summary>The reference at the left of a white canvas, whose right half is made (as PixArt-α's reference pipeline does).</summary>
    public static (Image Picture, Image Mask) BesideReference(Image reference, PictureSizes sizes)
    {
        var (height, width) = sizes.Canvas;
        var canvas = Image.Filled(width, height, Rgb.White);
        var mask = Image.Filled(width, height, Rgb.White);
        Put(Cover(reference.ToRgb(), sizes.Size), canvas);
        Put(Image.Filled(width / 2, height, Rgb.Black), mask);
        return (canvas.Resize(sizes.Sampled.Width, sizes.Sampled.Height), mask.Resize(sizes.Sampled.Width, sizes.Sampled.Height));
    }

    /// <summary>A mask's brightness (ITU-R 601), 1 from one half on and 0 below [1, 1, H, W].</summary>
    public static Tensor MaskTensor(Image mask)
    {
        var values = new float[mask.Width * mask.Height];
        for (var i = 0; i < values.Length; i++)
        {
            var pixel = mask.Pixels.AsSpan(3 * i, 3);
            // In 1/65536, as most image libraries round it.
            values[i] = (19595 * pixel[0] + 38470 * pixel[1] + 7471 * pixel[2] + 32768) >> 16 >= HalfWay ? 1 : 0;
        }
        return Tensor.FromArray(values, 1, 1, mask.Height, mask.Width);
    }

    static Image Cover(Image image, (int Height, int Width) size)
    {
        var scale = Math.Max((double)size.Height / image.Height, (double)size.Width / image.Width);
        return image
            .Resize(Math.Max(size.Width, (int)Math.Round(image.Width * scale)), Math.Max(size.Height, (int)Math.Round(image.Height * scale)))
            .CenterCrop(size.Width, size.Height);
    }

    // At the top left.
    static void Put(Image image, Image canvas)
    {
        for (var row = 0; row < image.Height; row++)
            image.Pixels.AsSpan(row * image.Width * 3, image.Width * 3).CopyTo(canvas.Pixels.AsSpan(row * canvas.Width * 3));
    }
}
