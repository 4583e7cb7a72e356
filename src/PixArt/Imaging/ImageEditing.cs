using PixArt.Imaging.Vips;

namespace PixArt.Imaging;

/// <summary>Pictures from pictures; no argument is changed.</summary>
public static class ImageEditing
{
    // Of libvips, which makes a narrower picture beyond it, with a warning only.
    const int LongestSide = 10_000_000;

    /// <summary>The picture at another size. Colours under alpha are weighted by it, so edges keep theirs.</summary>
    /// <param name="image">The source.</param>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    /// <param name="filter">The kernel.</param>
    /// <exception cref="InvalidSettingException">A size is less than 1, or the picture would be larger than can be.</exception>
    public static Image Resize(this Image image, int width, int height, ResizeFilter filter = ResizeFilter.Lanczos3)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (width < 1) throw new InvalidSettingException(nameof(width), width, "at least 1");
        if (height < 1) throw new InvalidSettingException(nameof(height), height, "at least 1");
        if (width > LongestSide) throw new InvalidSettingException(nameof(width), width, $"at most {LongestSide}");
        if (height > LongestSide) throw new InvalidSettingException(nameof(height), height, $"at most {LongestSide}");
        if ((long)width * height * image.Channels > Array.MaxLength)
            throw new InvalidSettingException("size", $"{width}×{height}", $"at most {Array.MaxLength / image.Channels} pixels in all");
        if (width == image.Width && height == image.Height) return image;
        return filter == ResizeFilter.Nearest ? Nearest(image, width, height) : Smooth(image, width, height, filter);
    }

    /// <summary>A rectangle of the picture.</summary>
    /// <param name="image">The source.</param>
    /// <param name="x">Left edge, from 0.</param>
    /// <param name="y">Top edge, from 0.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <exception cref="InvalidSettingException">The rectangle is empty or leaves the picture.</exception>
    public static Image Crop(this Image image, int x, int y, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (x < 0 || y < 0 || width < 1 || height < 1 || x > image.Width - width || y > image.Height - height)
        {
            throw new InvalidSettingException(
                "crop", $"{width}×{height} at ({x}, {y})", $"a rectangle inside {image.Width}×{image.Height}");
        }

        var (from, to) = (image.Width * image.Channels, width * image.Channels);
        var pixels = new byte[to * height];
        for (var row = 0; row < height; row++)
            image.Pixels.AsSpan((y + row) * from + x * image.Channels, to).CopyTo(pixels.AsSpan(row * to));
        return new Image(width, height, image.Channels, pixels);
    }

    /// <summary>The middle of the picture; an odd remainder is cut from the right and bottom.</summary>
    /// <param name="image">The source.</param>
    /// <param name="width">Width to keep.</param>
    /// <param name="height">Height to keep.</param>
    /// <exception cref="InvalidSettingException">The rectangle is empty or larger than the picture.</exception>
    public static Image CenterCrop(this Image image, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Crop(Math.Max(0, (image.Width - width) / 2), Math.Max(0, (image.Height - height) / 2), width, height);
    }

    /// <summary>The picture with left and right exchanged.</summary>
    /// <param name="image">The source.</param>
    public static Image Mirror(this Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (width, channels) = (image.Width, image.Channels);
        var pixels = new byte[image.Pixels.Length];
        for (var row = 0; row < pixels.Length; row += width * channels)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < channels; c++)
                    pixels[row + ((width - 1 - x) * channels) + c] = image.Pixels[row + (x * channels) + c];
        return new Image(width, image.Height, channels, pixels);
    }

    /// <summary>The picture with alpha laid on a background, or grey spread to three channels.</summary>
    /// <param name="image">The source.</param>
    /// <param name="background">What shows through; white when null.</param>
    /// <returns>Three channels; the picture itself when it has three already.</returns>
    public static Image ToRgb(this Image image, Rgb? background = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 3) return image;
        if (image.HasAlpha) return Image.Filled(image.Width, image.Height, background ?? Rgb.White).Composite(image, 0, 0);
        var pixels = new byte[image.Pixels.Length * 3];
        for (var i = 0; i < image.Pixels.Length; i++) pixels.AsSpan(i * 3, 3).Fill(image.Pixels[i]);
        return new Image(image.Width, image.Height, 3, pixels);
    }

    /// <summary>The picture with another laid over it (Porter-Duff "over" on straight alpha, in sRGB values).</summary>
    /// <param name="image">Below: grey, RGB (stays opaque) or RGBA.</param>
    /// <param name="overlay">Above: RGBA; its parts outside are left out.</param>
    /// <param name="x">Where its left edge goes; may be negative.</param>
    /// <param name="y">Where its top edge goes; may be negative.</param>
    /// <exception cref="InvalidSettingException">The overlay has no alpha.</exception>
    public static Image Composite(this Image image, Image overlay, int x, int y)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(overlay);
        if (!overlay.HasAlpha) throw new InvalidSettingException("overlay channels", overlay.Channels, "4 (RGB and alpha)");
        var below = image.Channels == 1 ? image.ToRgb() : image;
        var pixels = (byte[])below.Pixels.Clone();
        var (left, right) = (Math.Max(0, x), (int)Math.Min(image.Width, (long)x + overlay.Width));
        var (top, bottom) = (Math.Max(0, y), (int)Math.Min(image.Height, (long)y + overlay.Height));
        for (var row = top; row < bottom; row++)
        {
            for (var column = left; column < right; column++)
            {
                var over = overlay.Pixels.AsSpan(((row - y) * overlay.Width + column - x) * 4, 4);
                var under = pixels.AsSpan((row * image.Width + column) * below.Channels, below.Channels);
                if (below.HasAlpha) OverTransparent(under, over);
                else OverOpaque(under, over);
            }
        }

        return new Image(image.Width, image.Height, below.Channels, pixels);
    }

    static void OverOpaque(Span<byte> under, ReadOnlySpan<byte> over)
    {
        int alpha = over[3];
        for (var c = 0; c < 3; c++) under[c] = (byte)((over[c] * alpha + under[c] * (255 - alpha) + 127) / 255);
    }

    static void OverTransparent(Span<byte> under, ReadOnlySpan<byte> over)
    {
        // In units of 1/255²: how much of the result is the overlay, and how much shows through.
        int above = over[3] * 255, through = under[3] * (255 - over[3]);
        var total = above + through;
        if (total == 0) return;
        for (var c = 0; c < 3; c++) under[c] = (byte)((over[c] * above + under[c] * through + total / 2) / total);
        under[3] = (byte)((total + 127) / 255);
    }

    static Image Nearest(Image image, int width, int height)
    {
        var channels = image.Channels;
        var pixels = new byte[checked(width * height * channels)];
        for (var y = 0; y < height; y++)
        {
            var source = (int)((2L * y + 1) * image.Height / (2L * height)) * image.Width;
            for (var x = 0; x < width; x++)
            {
                var from = (source + (int)((2L * x + 1) * image.Width / (2L * width))) * channels;
                image.Pixels.AsSpan(from, channels).CopyTo(pixels.AsSpan((y * width + x) * channels));
            }
        }

        return new Image(width, height, channels, pixels);
    }

    static Image Smooth(Image image, int width, int height, ResizeFilter filter)
    {
        try
        {
            using var source = VipsPixels.Write(image);
            if (!image.HasAlpha)
            {
                using var plain = Scale(source, image, width, height, filter);
                return VipsPixels.Read(plain);
            }

            using var premultiplied = VipsOperation.Apply("premultiply", source);
            using var scaled = Scale(premultiplied, image, width, height, filter);
            using var straight = VipsOperation.Apply("unpremultiply", scaled);
            using var rounded = VipsOperation.Apply(
                "round", straight, o => o.SetEnum("round", "VipsOperationRound", VipsEnums.RoundToNearest));
            using var bytes = VipsOperation.Apply(
                "cast", rounded, o => o.SetEnum("format", "VipsBandFormat", VipsEnums.FormatUChar));
            return VipsPixels.Read(bytes);
        }
        catch (VipsException e)
        {
            throw new PixArtException(
                $"a {image.Width}×{image.Height} picture cannot be resized to {width}×{height}: {e.Message}", e);
        }
    }

    static VipsHandle Scale(VipsHandle source, Image image, int width, int height, ResizeFilter filter) =>
        VipsOperation.Apply("resize", source, o => o
            .Set("scale", (double)width / image.Width)
            .Set("vscale", (double)height / image.Height)
            .SetEnum("kernel", "VipsKernel", filter switch
            {
                ResizeFilter.Bilinear => VipsEnums.KernelLinear,
                ResizeFilter.Bicubic => VipsEnums.KernelCubic,
                _ => VipsEnums.KernelLanczos3,
            }));
}
