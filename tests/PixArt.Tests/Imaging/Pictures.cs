using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

/// <summary>Small pictures with known samples.</summary>
static class Pictures
{
    /// <summary>A smooth gradient, different in every channel, so that lossy codecs stay close and swaps show.</summary>
    public static Image Gradient(int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < channels; c++)
                {
                    pixels[(y * width + x) * channels + c] = (byte)(c switch
                    {
                        0 => 255 * x / Math.Max(1, width - 1),
                        1 => 255 * y / Math.Max(1, height - 1),
                        2 => 255 - 255 * x / Math.Max(1, width - 1),
                        _ => 64 + 191 * y / Math.Max(1, height - 1),
                    });
                }
            }
        }

        return new Image(width, height, channels, pixels);
    }

    public static int LargestDifference(Image a, Image b)
    {
        Assert.Equal((a.Width, a.Height, a.Channels), (b.Width, b.Height, b.Channels));
        return a.Pixels.Zip(b.Pixels, (p, q) => Math.Abs(p - q)).Max();
    }

    public static byte[] At(this Image image, int x, int y) =>
        image.Pixels.AsSpan((y * image.Width + x) * image.Channels, image.Channels).ToArray();
}
