using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

public sealed class DecodeScaledTests
{
    static Image Gradient(int width, int height)
    {
        var image = Image.Filled(width, height, new(0, 0, 0));
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                image.Pixels[((y * width) + x) * 3] = (byte)(255 * x / width);
                image.Pixels[(((y * width) + x) * 3) + 1] = (byte)(255 * y / height);
            }

        return image;
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg, 100, 60)]
    [InlineData(ImageFormat.Jpeg, 37, 300)]
    [InlineData(ImageFormat.Webp, 100, 60)]
    [InlineData(ImageFormat.Png, 100, 60)]
    [InlineData(ImageFormat.Png, 900, 700)]
    public void DecodeScaled_AnyFormat_IsNearlyDecodedAndThenResized(ImageFormat format, int width, int height)
    {
        var bytes = Gradient(800, 600).Encode(format);
        var scaled = Image.DecodeScaled(bytes, (w, h) => (w, h) == (800, 600) ? (width, height) : throw new InvalidOperationException());
        var plain = Image.Decode(bytes).Resize(width, height);
        Assert.Equal((width, height, 3), (scaled.Width, scaled.Height, scaled.Channels));
        Assert.InRange(scaled.Pixels.Zip(plain.Pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 2);
    }

    [Fact]
    public void DecodeScaled_TheSameSize_IsDecode()
    {
        var bytes = Gradient(64, 48).Encode(ImageFormat.Jpeg);
        Assert.Equal(Image.Decode(bytes).Pixels, Image.DecodeScaled(bytes, (w, h) => (w, h)).Pixels);
        Assert.Equal((64, 48), Image.Measure(bytes));
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Png)]
    public void DecodeScaled_CutShort_IsRefusedByName(ImageFormat format)
    {
        var bytes = Gradient(800, 600).Encode(format);
        var error = Assert.Throws<PixArtException>(() => Image.DecodeScaled(bytes.AsSpan(0, bytes.Length / 2), (_, _) => (100, 75), name: "x.img"));
        Assert.Contains("x.img", error.Message);
        Assert.Equal((800, 600), Image.Measure(bytes.AsSpan(0, bytes.Length / 2)));
    }

    [Fact]
    public void DecodeScaled_CutShortByManyThreads_IsAlwaysRefused()
    {
        var bytes = Gradient(400, 400).Encode(ImageFormat.Jpeg, 100);
        Array.Resize(ref bytes, bytes.Length * 3 / 4);
        Parallel.For(0, 300, _ => Assert.Throws<PixArtException>(() => Image.DecodeScaled(bytes, (_, _) => (16, 16))));
    }

    [Fact]
    public void Mirror_TwiceIsNothing_OnceExchangesSides()
    {
        var image = Gradient(5, 3);
        var mirrored = image.Mirror();
        Assert.Equal(image.Pixels, mirrored.Mirror().Pixels);
        for (var x = 0; x < 5; x++) Assert.Equal(image.Pixels[x * 3], mirrored.Pixels[(4 - x) * 3]);
    }
}
