using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

public class ImageEditingTests
{
    [Theory]
    [InlineData(ResizeFilter.Nearest)]
    [InlineData(ResizeFilter.Bilinear)]
    [InlineData(ResizeFilter.Bicubic)]
    [InlineData(ResizeFilter.Lanczos3)]
    public void Resize_gives_exactly_the_size_asked_for(ResizeFilter filter)
    {
        foreach (var channels in (int[])[1, 3, 4])
        {
            var image = Pictures.Gradient(53, 31, channels);
            foreach (var (width, height) in ((int, int)[])[(7, 7), (53, 11), (106, 62), (1, 1), (200, 3), (52, 30)])
            {
                var resized = image.Resize(width, height, filter);
                Assert.Equal((width, height, channels), (resized.Width, resized.Height, resized.Channels));
            }
        }
    }

    [Theory]
    [InlineData(ResizeFilter.Bilinear)]
    [InlineData(ResizeFilter.Bicubic)]
    [InlineData(ResizeFilter.Lanczos3)]
    public void Resize_keeps_a_gradient_a_gradient(ResizeFilter filter)
    {
        var small = Pictures.Gradient(128, 128, 3).Resize(64, 64, filter);
        Assert.InRange(Pictures.LargestDifference(small, Pictures.Gradient(64, 64, 3)), 0, 4);
    }

    [Fact]
    public void Resize_nearest_takes_the_pixel_under_the_centre()
    {
        var image = new Image(4, 1, 1, [10, 20, 30, 40]);
        Assert.Equal([20, 40], image.Resize(2, 1, ResizeFilter.Nearest).Pixels);
        Assert.Equal([10, 10, 20, 20, 30, 30, 40, 40], image.Resize(8, 1, ResizeFilter.Nearest).Pixels);
        Assert.Equal([10, 30, 40], image.Resize(3, 1, ResizeFilter.Nearest).Pixels);
    }

    [Fact]
    public void Resize_does_not_bleed_the_colour_of_transparent_pixels()
    {
        // Left half opaque red, right half fully transparent green.
        var pixels = Enumerable.Range(0, 32 * 32).SelectMany(i => i % 32 < 16 ? (byte[])[255, 0, 0, 255] : [0, 255, 0, 0]);
        var small = new Image(32, 32, 4, [.. pixels]).Resize(11, 11, ResizeFilter.Bilinear);
        Assert.Equal([255, 0, 0], small.At(5, 5)[..3]);
        Assert.InRange(small.At(5, 5)[3], 100, 155);
        Assert.Equal(255, small.At(0, 5)[3]);
        Assert.Equal(0, small.At(10, 5)[3]);
    }

    [Fact]
    public void Crop_takes_the_rectangle()
    {
        var image = new Image(3, 2, 1, [1, 2, 3, 4, 5, 6]);
        Assert.Equal([2, 3, 5, 6], image.Crop(1, 0, 2, 2).Pixels);
        Assert.Equal([1, 2, 4, 5], image.CenterCrop(2, 2).Pixels);
        string Message(Action action) => Assert.Throws<InvalidSettingException>(action).Message;
        Assert.Equal("crop is '2×1 at (2, 0)', expected a rectangle inside 3×2", Message(() => image.Crop(2, 0, 2, 1)));
        Assert.Equal("crop is '2×1 at (-1, 0)', expected a rectangle inside 3×2", Message(() => image.Crop(-1, 0, 2, 1)));
        Assert.Equal("crop is '4×1 at (0, 0)', expected a rectangle inside 3×2", Message(() => image.CenterCrop(4, 1)));
    }

    [Fact]
    public void Composite_over_an_opaque_picture_mixes_by_alpha_and_clips()
    {
        var below = Image.Filled(2, 2, new Rgb(100, 100, 100));
        var above = new Image(2, 1, 4, [200, 0, 0, 255, 0, 200, 0, 128]);
        var result = below.Composite(above, 0, 1);
        Assert.Equal([100, 100, 100], result.At(0, 0));
        Assert.Equal([200, 0, 0], result.At(0, 1));
        Assert.Equal([50, 150, 50], result.At(1, 1));
        Assert.Equal([0, 200, 0], below.Composite(new Image(2, 1, 4, [1, 1, 1, 255, 0, 200, 0, 255]), -1, 0).At(0, 0));
        Assert.Equal(below.Pixels, below.Composite(above, 2, 0).Pixels);
        Assert.Equal(below.Pixels, below.Composite(above, int.MinValue, int.MaxValue).Pixels);
        Assert.Equal([100, 100, 100], below.At(0, 1));
    }

    [Fact]
    public void Composite_over_a_transparent_picture_keeps_straight_alpha()
    {
        var result = new Image(2, 1, 4, [9, 9, 9, 0, 0, 0, 100, 128]).Composite(
            new Image(2, 1, 4, [200, 0, 0, 100, 200, 0, 0, 128]), 0, 0);
        Assert.Equal([200, 0, 0, 100], result.At(0, 0));
        Assert.Equal([134, 0, 33, 192], result.At(1, 0));
    }

    [Fact]
    public void Composite_of_an_opaque_overlay_is_refused() => Assert.Equal("overlay channels is 3, expected 4 (RGB and alpha)", Assert.Throws<InvalidSettingException>(
        () => Image.Filled(2, 2, Rgb.White).Composite(Image.Filled(1, 1, Rgb.Black), 0, 0)).Message);

    [Fact]
    public void ToRgb_shows_the_background_and_spreads_grey()
    {
        Assert.Equal([10, 20, 30], new Image(1, 1, 4, [255, 255, 255, 0]).ToRgb(new Rgb(10, 20, 30)).Pixels);
        Assert.Equal([7, 7, 7], new Image(1, 1, 1, [7]).ToRgb().Pixels);
    }
}
