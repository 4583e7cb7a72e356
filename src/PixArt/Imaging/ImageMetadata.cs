using PixArt.Imaging.Metadata;

namespace PixArt.Imaging;

/// <summary>
/// Texts that travel inside picture files, by keyword: text chunks in PNG (<see cref="PngMetadata"/>); EXIF in JPEG and
/// WebP, there <c>parameters</c> as the user comment and the other keywords together as JSON in the image description.
/// </summary>
public static class ImageMetadata
{
    /// <summary>Reads the texts of a PNG, JPEG or WebP file; empty when it has none.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PixArtException">The file is missing, unreadable, damaged or of another format.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(ImageFile.Read(path, ImageLimits.Default), path);
    }

    /// <summary>Reads the texts of an encoded PNG, JPEG or WebP; empty when it has none.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">How errors call it.</param>
    /// <exception cref="PixArtException">The bytes are damaged or of another format.</exception>
    public static IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> bytes, string name = "image")
    {
        try
        {
            return ImageFormats.Sniff(bytes) switch
            {
                ImageFormat.Png => PngMetadata.Read(bytes, name),
                ImageFormat.Jpeg => ExifText.Read(JpegSegments.FindExif(bytes)),
                ImageFormat.Webp => ExifText.Read(WebpChunks.FindExif(bytes)),
                _ => throw new PixArtException($"{name}: not a picture that can be read, expected PNG, JPEG or WebP"),
            };
        }
        catch (InvalidDataException e)
        {
            throw new PixArtException($"{name}: damaged picture metadata: {e.Message}", e);
        }
    }

    /// <summary>An encoded picture of ours with the texts put in.</summary>
    /// <exception cref="InvalidSettingException">PNG cannot hold a keyword or text; so for every format.</exception>
    internal static byte[] Write(byte[] bytes, ImageFormat format, Image image, IReadOnlyDictionary<string, string> texts)
    {
        foreach (var (keyword, text) in texts) PngMetadata.Check(keyword, text);
        if (texts.Count == 0) return bytes;
        return format switch
        {
            ImageFormat.Png => PngMetadata.Write(bytes, texts),
            ImageFormat.Jpeg => JpegSegments.WriteExif(bytes, ExifText.Write(texts)),
            _ => WebpChunks.WriteExif(bytes, ExifText.Write(texts), image),
        };
    }
}
