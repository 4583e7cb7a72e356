using System.Runtime.InteropServices;
using PixArt.Imaging;

namespace PixArt.Training.Data;

/// <summary>Size of a sample's picture as training sees it, and as it was; in pixels.</summary>
/// <param name="Height">Rows of what training sees.</param>
/// <param name="Width">Its columns.</param>
/// <param name="OriginalHeight">Rows of the picture as it is stored, upright.</param>
/// <param name="OriginalWidth">Its columns.</param>
/// <param name="AspectRatio">Height by width as the bucket's table names it (rounded to two places).</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PictureShape(int Height, int Width, int OriginalHeight, int OriginalWidth, double AspectRatio)
{
    /// <summary>A picture that is seen as it is.</summary>
    public static PictureShape Of(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Whole(image.Height, image.Width);
    }

    /// <summary>A picture of that size that is seen as it is.</summary>
    public static PictureShape Whole(int height, int width) => new(height, width, height, width, (double)height / width);
}
