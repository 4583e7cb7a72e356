using System.Diagnostics.CodeAnalysis;

namespace PixArt.Imaging;

/// <summary>
/// A picture in memory: 8-bit sRGB (or grey) samples, row by row from the top left, the channels of a pixel side by side,
/// alpha (the fourth channel) straight, not premultiplied.
/// </summary>
public sealed class Image
{
    /// <summary>Wraps samples that the picture then owns (they are not copied).</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 (grey), 3 (RGB) or 4 (RGB and alpha).</param>
    /// <param name="pixels">width × height × channels samples.</param>
    /// <exception cref="InvalidSettingException">A size, the channels or the number of samples is impossible.</exception>
    public Image(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        CheckSize(width, height);
        if (channels is not (1 or 3 or 4)) throw new InvalidSettingException(nameof(channels), channels, "1, 3 or 4");
        if ((long)width * height * channels != pixels.Length)
        {
            throw new InvalidSettingException(
                "pixels", pixels.Length, $"{(long)width * height * channels} samples for {width}×{height}×{channels}");
        }

        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    /// <summary>Pixels a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 (grey), 3 (RGB) or 4 (RGB and straight alpha).</summary>
    public int Channels { get; }

    /// <summary>The samples, [Height, Width, Channels] in row-major order.</summary>
    [SuppressMessage("Performance", "CA1819", Justification = "The samples are the picture; a copy would hide that.")]
    public byte[] Pixels { get; }

    /// <summary>Whether the picture has a fourth channel.</summary>
    public bool HasAlpha => Channels == 4;

    /// <summary>A picture of one opaque colour.</summary>
    /// <param name="width">Pixels a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="color">The colour of every pixel.</param>
    /// <exception cref="InvalidSettingException">A size is impossible.</exception>
    public static Image Filled(int width, int height, Rgb color)
    {
        CheckSize(width, height);
        var pixels = new byte[checked(width * height * 3)];
        for (var i = 0; i < pixels.Length; i += 3) (pixels[i], pixels[i + 1], pixels[i + 2]) = (color.R, color.G, color.B);
        return new Image(width, height, 3, pixels);
    }

    /// <summary>Reads a PNG, JPEG or WebP file: <inheritdoc cref="Decode" path="/summary"/></summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">How large it may be; <see cref="ImageLimits.Default"/> when null.</param>
    /// <exception cref="PixArtException">The file is missing, damaged, too large or of another format.</exception>
    public static Image Load(string path, ImageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Decode(ImageFile.Read(path, limits ?? ImageLimits.Default), limits, path);
    }

    /// <summary>
    /// Decodes PNG, JPEG or WebP to 8-bit RGB, or RGBA where there is alpha: EXIF orientation applied, colour profiles
    /// converted to sRGB, grey, palettes and 16-bit samples expanded or reduced; of an animation the first frame.
    /// </summary>
    /// <param name="bytes">The encoded picture.</param>
    /// <param name="limits">How large it may be; <see cref="ImageLimits.Default"/> when null.</param>
    /// <param name="name">How errors call it.</param>
    /// <exception cref="PixArtException">The bytes are damaged, cut short, too large or of another format.</exception>
    public static Image Decode(ReadOnlySpan<byte> bytes, ImageLimits? limits = null, string name = "image") =>
        ImageDecoder.Decode(bytes, limits ?? ImageLimits.Default, name);

    /// <summary>Width and height of an encoded picture as it is shown, from its header.</summary>
    /// <param name="bytes">The encoded picture, or enough of its beginning.</param>
    /// <param name="limits">How large it may be; <see cref="ImageLimits.Default"/> when null.</param>
    /// <param name="name">How errors call it.</param>
    /// <exception cref="PixArtException">The header is damaged or missing, the picture too large or of another format.</exception>
    public static (int Width, int Height) Measure(ReadOnlySpan<byte> bytes, ImageLimits? limits = null, string name = "image") =>
        ImageDecoder.Measure(bytes, limits ?? ImageLimits.Default, name);

    /// <summary>Decodes to another size, as <see cref="Decode"/> does otherwise. A JPEG or WebP that shrinks is read at a fraction
    /// of its size, which takes a fraction of the time.</summary>
    /// <param name="bytes">The encoded picture.</param>
    /// <param name="size">From its width and height to those wanted, at least 1.</param>
    /// <param name="limits">How large it may be; <see cref="ImageLimits.Default"/> when null.</param>
    /// <param name="name">How errors call it.</param>
    /// <exception cref="PixArtException">The bytes are damaged, cut short, too large or of another format.</exception>
    public static Image DecodeScaled(
        ReadOnlySpan<byte> bytes, Func<int, int, (int Width, int Height)> size, ImageLimits? limits = null, string name = "image")
    {
        ArgumentNullException.ThrowIfNull(size);
        return ImageDecoder.DecodeScaled(bytes, size, limits ?? ImageLimits.Default, name);
    }

    /// <summary>Encodes the picture.</summary>
    /// <param name="format">The file format. JPEG has no alpha: such a picture is laid on white first.</param>
    /// <param name="quality">1 to 100 for JPEG and WebP (100 is lossless in WebP); PNG is always lossless.</param>
    /// <param name="metadata">Texts that travel inside the file, by keyword; see <see cref="ImageMetadata"/>.</param>
    /// <exception cref="PixArtException">The quality or a metadata keyword is impossible.</exception>
    public byte[] Encode(ImageFormat format, int quality = 95, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (quality is < 1 or > 100) throw new InvalidSettingException(nameof(quality), quality, "1 to 100");
        var bytes = ImageEncoder.Encode(this, format, quality);
        return metadata is null ? bytes : ImageMetadata.Write(bytes, format, this, metadata);
    }

    /// <summary>Writes the picture in the format of the path's extension, whole or not at all.</summary>
    /// <param name="path">A .png, .jpg, .jpeg or .webp file; its folder is made when missing.</param>
    /// <param name="quality">1 to 100 for JPEG and WebP (100 is lossless in WebP); PNG is always lossless.</param>
    /// <param name="metadata">Texts that travel inside the file, by keyword; see <see cref="ImageMetadata"/>.</param>
    /// <exception cref="PixArtException">The extension, quality or a keyword is impossible, or writing failed.</exception>
    public void Save(string path, int quality = 95, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ImageFile.Write(path, Encode(ImageFormats.FromPath(path), quality, metadata));
    }

    static void CheckSize(int width, int height)
    {
        if (width < 1) throw new InvalidSettingException(nameof(width), width, "at least 1");
        if (height < 1) throw new InvalidSettingException(nameof(height), height, "at least 1");
    }
}
