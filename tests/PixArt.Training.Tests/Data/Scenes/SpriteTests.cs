using PixArt.Imaging;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class SpriteTests
{
    [Fact]
    public void FromPicture_trims_what_is_transparent_and_keeps_the_proportions()
    {
        var pixels = new byte[64 * 64 * 4];
        for (var y = 10; y < 30; y++)
        {
            for (var x = 20; x < 60; x++)
                new byte[] { 200, 100, 50, 255 }.CopyTo(pixels, (y * 64 + x) * 4);
        }

        var sprite = Sprite.FromPicture(new Image(64, 64, 4, pixels), 20);
        Assert.Equal((20, 10), (sprite.Width, sprite.Height));
        Assert.Equal([200, 100, 50, 255], sprite.Rgba.AsSpan((5 * 20 + 10) * 4, 4).ToArray());
    }

    [Fact]
    public void FromPicture_takes_no_colour_from_transparent_pixels()
    {
        // Half transparent blue beside opaque red: premultiplied filtering leaves no blue where alpha is 0.
        var pixels = new byte[32 * 32 * 4];
        for (var i = 0; i < 32 * 32; i++)
            (i % 32 < 16 ? new byte[] { 255, 0, 0, 255 } : [0, 0, 255, 0]).CopyTo(pixels, i * 4);
        var sprite = Sprite.FromPicture(new Image(32, 32, 4, pixels), 8);
        for (var i = 0; i < sprite.Rgba.Length; i += 4)
            Assert.Equal(0, sprite.Rgba[i + 2]);
    }
}
