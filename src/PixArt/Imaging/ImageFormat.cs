namespace PixArt.Imaging;

/// <summary>The file formats that pictures are read from and written to.</summary>
public enum ImageFormat
{
    /// <summary>PNG: lossless, keeps alpha; metadata in text chunks.</summary>
    Png,

    /// <summary>JPEG: lossy, no alpha; metadata in EXIF.</summary>
    Jpeg,

    /// <summary>WebP: lossy, or lossless at quality 100; keeps alpha; metadata in EXIF.</summary>
    Webp,
}
