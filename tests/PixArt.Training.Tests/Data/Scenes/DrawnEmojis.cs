using PixArt.Imaging;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

/// <summary>Stand-ins for the emoji pictures, so that tests need no download: each object a disc in two colours of its own.</summary>
internal static class DrawnEmojis
{
    private static readonly Lazy<EmojiAtlas> Shared = new(() => EmojiAtlas.FromPictures(Draw));

    public static EmojiAtlas Atlas => Shared.Value;

    public static SceneComposer Composer { get; } = new(Atlas);

    public static Image Draw(SceneObject thing)
    {
        var pixels = new byte[256 * 256 * 4];
        for (var y = 0; y < 256; y++)
        {
            for (var x = 0; x < 256; x++)
            {
                var inside = (x - 128) * (x - 128) + (y - 128) * (y - 128) < 110 * 110;
                if (!inside)
                    continue;
                var shade = y < 128 ? thing.Index * 4 : 255 - thing.Index * 4;
                var pixel = pixels.AsSpan((y * 256 + x) * 4, 4);
                pixel[0] = (byte)shade;
                pixel[1] = (byte)(thing.Index % 8 * 32);
                pixel[2] = (byte)(thing.Index / 8 * 32);
                pixel[3] = 255;
            }
        }

        return new Image(256, 256, 4, pixels);
    }
}
