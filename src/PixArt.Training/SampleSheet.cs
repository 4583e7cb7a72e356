using PixArt.Imaging;

namespace PixArt.Training;

/// <summary>Pictures side by side.</summary>
static class SampleSheet
{
    /// <summary>Arranges equally large RGB images in rows.</summary>
    /// <param name="images">The images, row by row.</param>
    /// <param name="columns">Images of a row.</param>
    public static Image Arrange(IReadOnlyList<Image> images, int columns)
    {
        var (width, height) = (images[0].Width, images[0].Height);
        var rows = (images.Count + columns - 1) / columns;
        var pixels = new byte[rows * height * columns * width * 3];
        for (var i = 0; i < images.Count; i++)
        {
            var corner = (((i / columns * height * columns) + (i % columns)) * width) * 3;
            for (var y = 0; y < height; y++)
                images[i].Pixels.AsSpan(y * width * 3, width * 3).CopyTo(pixels.AsSpan(corner + (y * columns * width * 3)));
        }

        return new Image(columns * width, rows * height, 3, pixels);
    }
}
