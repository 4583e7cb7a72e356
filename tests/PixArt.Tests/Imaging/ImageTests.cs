using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

public class ImageTests
{
    [Theory]
    [InlineData(0, 2, 3, 0, "width is 0, expected at least 1")]
    [InlineData(2, -1, 3, 0, "height is -1, expected at least 1")]
    [InlineData(2, 2, 2, 8, "channels is 2, expected 1, 3 or 4")]
    [InlineData(2, 2, 3, 11, "pixels is 11, expected 12 samples for 2×2×3")]
    [InlineData(65536, 65536, 1, 0, "pixels is 0, expected 4294967296 samples for 65536×65536×1")]
    public void Constructor_refuses_impossible_sizes(int width, int height, int channels, int samples, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => new Image(width, height, channels, new byte[samples])).Message);

    [Theory]
    [InlineData(ImageFormat.Png, 3, 1)]
    [InlineData(ImageFormat.Png, 4, 1)]
    [InlineData(ImageFormat.Webp, 3, 100)]
    [InlineData(ImageFormat.Webp, 4, 100)]
    public void Lossless_formats_give_back_every_sample(ImageFormat format, int channels, int quality)
    {
        var image = Pictures.Gradient(37, 21, channels);
        var back = Image.Decode(image.Encode(format, quality));
        Assert.Equal(0, Pictures.LargestDifference(image, back));
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg, 3)]
    [InlineData(ImageFormat.Webp, 3)]
    [InlineData(ImageFormat.Webp, 4)]
    public void Lossy_formats_stay_close_and_lower_quality_is_smaller(ImageFormat format, int channels)
    {
        var image = Pictures.Gradient(64, 48, channels);
        var fine = image.Encode(format, 95);
        Assert.InRange(Pictures.LargestDifference(image, Image.Decode(fine)), 0, 16);
        Assert.True(image.Encode(format, 10).Length < fine.Length);
    }

    [Fact]
    public void Jpeg_of_a_transparent_picture_shows_white_behind_it()
    {
        var clear = new Image(16, 16, 4, new byte[16 * 16 * 4]);
        var back = Image.Decode(clear.Encode(ImageFormat.Jpeg));
        Assert.Equal(3, back.Channels);
        Assert.All(back.Pixels, sample => Assert.InRange(sample, 254, 255));
    }

    [Theory]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Webp)]
    public void Grey_comes_back_as_three_equal_channels(ImageFormat format)
    {
        var grey = Pictures.Gradient(16, 16, 1);
        var back = Image.Decode(grey.Encode(format, 100));
        Assert.Equal(3, back.Channels);
        Assert.InRange(Pictures.LargestDifference(grey.ToRgb(), back), 0, 3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void Encode_refuses_an_impossible_quality(int quality) => Assert.Equal(
        $"quality is {quality}, expected 1 to 100", Assert.Throws<InvalidSettingException>(() => Pictures.Gradient(4, 4, 3).Encode(ImageFormat.Jpeg, quality)).Message);

    [Theory]
    [InlineData(ImageFormat.Webp, 20_000, "a 20000×1 picture cannot be encoded as Webp: webpsave_buffer: ")]
    [InlineData(ImageFormat.Jpeg, 70_000, "a 70000×1 picture cannot be encoded as Jpeg: jpegsave_buffer: ")]
    public void A_picture_too_wide_for_its_format_is_told(ImageFormat format, int width, string message) => Assert.StartsWith(
        message, Assert.Throws<PixArtException>(() => new Image(width, 1, 3, new byte[width * 3]).Encode(format)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(20_000_000, 1, "width is 20000000, expected at most 10000000")]
    [InlineData(1, 20_000_000, "height is 20000000, expected at most 10000000")]
    [InlineData(1_000_000, 1_000_000, "size is '1000000×1000000', expected at most 715827863 pixels in all")]
    public void A_size_that_cannot_be_made_is_told(int width, int height, string message)
    {
        foreach (var filter in (ResizeFilter[])[ResizeFilter.Nearest, ResizeFilter.Lanczos3])
            Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => Pictures.Gradient(4, 4, 3).Resize(width, height, filter)).Message);
    }

    [Fact]
    public void A_part_of_libvips_that_is_not_there_is_named() => Assert.StartsWith("no_such_operation: ",
        Assert.Throws<PixArt.Imaging.Vips.VipsException>(() => new PixArt.Imaging.Vips.VipsOperation("no_such_operation")).Message, StringComparison.Ordinal);

    [Fact]
    public void Size_limits_are_checked_on_the_header_before_decoding()
    {
        // Only the header is good: a decoder that went on to the pixels would complain about them instead.
        var bytes = Pictures.Gradient(90, 40, 3).Encode(ImageFormat.Png);
        var spoilt = bytes.ToArray();
        spoilt.AsSpan(spoilt.AsSpan().IndexOf("IDAT"u8) + 4, 16).Clear();
        var side = Assert.Throws<PixArtException>(() => Image.Decode(spoilt, new ImageLimits { MaxSide = 89 }, "a.png"));
        Assert.Equal("a.png: 90×40 pixels, a side may have at most 89", side.Message);
        var area = Assert.Throws<PixArtException>(() => Image.Decode(bytes, new ImageLimits { MaxPixels = 3599 }, "a.png"));
        Assert.Equal("a.png: 90×40 pixels, at most 3599 pixels in all are allowed", area.Message);
        Assert.Equal(90, Image.Decode(bytes, new ImageLimits { MaxPixels = 3600, MaxSide = 90 }).Width);
        Assert.Equal(
            $"image: {bytes.Length} bytes, at most {bytes.Length - 1} are allowed",
            Assert.Throws<PixArtException>(() => Image.Decode(bytes, new ImageLimits { MaxBytes = bytes.Length - 1 })).Message);
    }

    [Theory]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Webp)]
    public void A_file_cut_short_is_an_error_that_names_it(ImageFormat format)
    {
        var bytes = Pictures.Gradient(64, 64, 3).Encode(format);
        var error = Assert.Throws<PixArtException>(() => Image.Decode(bytes.AsSpan(0, bytes.Length * 3 / 4), name: "cut"));
        Assert.StartsWith("cut: damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_bytes_are_refused_by_name() => Assert.Equal(
        "notes.txt: not a picture that can be read, expected PNG, JPEG or WebP",
        Assert.Throws<PixArtException>(() => Image.Decode("hello"u8, name: "notes.txt")).Message);

    [Fact]
    public void A_size_that_cannot_be_told_is_an_error_that_names_the_file()
    {
        string Message(ReadOnlySpan<byte> bytes)
        {
            var copy = bytes.ToArray();
            return Assert.Throws<PixArtException>(() => Image.Measure(copy, name: "a")).Message;
        }

        Assert.Equal("a: not a picture that can be read, expected PNG, JPEG or WebP", Message("hello"u8));
        var png = Pictures.Gradient(8, 8, 3).Encode(ImageFormat.Png);
        Assert.Equal("a: damaged PNG picture: it does not begin with its size", Message(png.AsSpan(0, 20)));
        png.AsSpan(16, 4).Clear();
        Assert.Equal("a: damaged PNG picture: 0×8 pixels", Message(png));
        Assert.StartsWith("a: damaged JPEG picture: ", Message(Pictures.Gradient(8, 8, 3).Encode(ImageFormat.Jpeg).AsSpan(0, 12)), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_pictures_that_cannot_be_are_told()
    {
        var image = Pictures.Gradient(4, 4, 3);
        string Message(Action action) => Assert.Throws<InvalidSettingException>(action).Message;
        Assert.Equal("width is 0, expected at least 1", Message(() => image.Resize(0, 1)));
        Assert.Equal("height is 0, expected at least 1", Message(() => image.Resize(1, 0)));
        Assert.Equal("MaxPixels is 0, expected at least 1", Message(() => _ = new ImageLimits { MaxPixels = 0 }));
        Assert.Equal("MaxSide is 0, expected at least 1", Message(() => _ = new ImageLimits { MaxSide = 0 }));
        Assert.Equal("MaxBytes is 0, expected at least 1", Message(() => _ = new ImageLimits { MaxBytes = 0 }));
        Assert.Equal("Columns is -1, expected at least 0", Message(() => _ = new ContactSheetOptions { Columns = -1 }));
        Assert.Equal("CellSize is -1, expected at least 0", Message(() => _ = new ContactSheetOptions { CellSize = -1 }));
        Assert.Equal("Gap is -1, expected at least 0", Message(() => _ = new ContactSheetOptions { Gap = -1 }));
        Assert.Equal("CaptionLines is 0, expected at least 1", Message(() => _ = new ContactSheetOptions { CaptionLines = 0 }));
    }

    [Fact]
    public void A_missing_library_says_what_to_install()
    {
        var error = Assert.Throws<PixArtException>(() => PixArt.Imaging.Vips.VipsLibrary.Require("libvips.so.none"));
        Assert.Contains("apt-get install libvips42", error.Message, StringComparison.Ordinal);
    }
}
