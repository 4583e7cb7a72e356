using PixArt.Imaging;

namespace PixArt.Fuzz;

/// <summary>Small pictures of every format, with texts inside.</summary>
static class ImageSeeds
{
    public static List<(string Name, byte[] Bytes)> All()
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { ["parameters"] = "狐 in a meadow", ["note"] = "plain" };
        var seeds = new List<(string, byte[])>();
        foreach (var (format, channels, quality) in new[]
                 {
                     (ImageFormat.Png, 4, 100), (ImageFormat.Png, 3, 100), (ImageFormat.Png, 1, 100), (ImageFormat.Jpeg, 3, 85), (ImageFormat.Jpeg, 1, 60),
                     (ImageFormat.Webp, 4, 80), (ImageFormat.Webp, 3, 100),
                 })
            seeds.Add(($"{format}-{channels}-{quality}", Gradient(24, 17, channels).Encode(format, quality, texts)));
        return seeds;
    }

    static Image Gradient(int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i * 7) + (i / (width * channels) * 5));
        return new Image(width, height, channels, pixels);
    }
}
