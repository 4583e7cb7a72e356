using PixArt.Imaging;
using PixArt.Imaging.Metadata;
using PixArt.Imaging.Vips;

namespace PixArt.Tests.Imaging;

public class DecodeTests
{
    [Fact]
    public void Png_of_16_bits_keeps_the_high_byte()
    {
        var rgb = Image.Decode(PngBuilder.Make(2, 16, PngBuilder.Rgb, [[10, 200, 20, 0, 30, 99, 255, 255, 0, 0, 128, 0]]));
        Assert.Equal((3, 2, 1), (rgb.Channels, rgb.Width, rgb.Height));
        Assert.Equal([10, 20, 30, 255, 0, 128], rgb.Pixels);
        var rgba = Image.Decode(PngBuilder.Make(1, 16, PngBuilder.Rgba, [[10, 0, 20, 0, 30, 0, 128, 0]]));
        Assert.Equal([10, 20, 30, 128], rgba.Pixels);
        Assert.Equal([77, 77, 77], Image.Decode(PngBuilder.Make(1, 16, PngBuilder.Grey, [[77, 0]])).Pixels);
    }

    [Fact]
    public void Png_of_one_bit_grey_becomes_black_and_white() => Assert.Equal(
        [255, 255, 255, 0, 0, 0, 255, 255, 255], Image.Decode(PngBuilder.Make(3, 1, PngBuilder.Grey, [[0b1010_0000]])).Pixels);

    [Fact]
    public void Png_of_grey_and_alpha_becomes_rgba() => Assert.Equal(
        [9, 9, 9, 200, 8, 8, 8, 0], Image.Decode(PngBuilder.Make(2, 8, PngBuilder.GreyAlpha, [[9, 200, 8, 0]])).Pixels);

    [Fact]
    public void Png_palette_is_expanded_with_its_transparency()
    {
        byte[] colors = [255, 0, 0, 0, 255, 0, 0, 0, 255];
        var plain = PngBuilder.Make(3, 2, PngBuilder.Palette, [[0b00_01_10_00]], ("PLTE", colors));
        Assert.Equal([255, 0, 0, 0, 255, 0, 0, 0, 255], Image.Decode(plain).Pixels);
        var clear = PngBuilder.Make(2, 8, PngBuilder.Palette, [[0, 1]], ("PLTE", colors), ("tRNS", [40]));
        Assert.Equal([255, 0, 0, 40, 0, 255, 0, 255], Image.Decode(clear).Pixels);
    }

    // Where the red (top-left of the upright picture) and the blue corner (top-right) are stored for each EXIF orientation.
    public static TheoryData<int, ImageFormat> Orientations
    {
        get
        {
            var data = new TheoryData<int, ImageFormat>();
            foreach (var format in Enum.GetValues<ImageFormat>())
            {
                for (var orientation = 1; orientation <= 8; orientation++) data.Add(orientation, format);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void Exif_orientation_is_applied(int orientation, ImageFormat format)
    {
        var upright = Pictures.Gradient(48, 32, 3);
        var stored = Stored(upright, orientation);
        byte[] exif = [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
        var plain = stored.Encode(format, 100);
        var bytes = format switch
        {
            ImageFormat.Png => [.. plain[..33], .. Chunk("eXIf", exif), .. plain[33..]],
            ImageFormat.Jpeg => JpegSegments.WriteExif(plain, exif),
            _ => WebpChunks.WriteExif(plain, exif, stored),
        };
        Assert.InRange(Pictures.LargestDifference(upright, Image.Decode(bytes)), 0, format == ImageFormat.Jpeg ? 6 : 0);
    }

    [Fact]
    public void A_colour_profile_is_converted_to_srgb()
    {
        // P3's full green lies outside sRGB; a mild colour must come back as it was.
        var image = Image.Filled(16, 16, new Rgb(180, 120, 90));
        var bytes = WithProfile(image, "p3");
        Assert.NotEqual(image.At(0, 0), RawSamples(bytes));
        Assert.InRange(Pictures.LargestDifference(image, Image.Decode(bytes)), 0, 2);
    }

    [Fact]
    public void Srgb_profile_changes_no_sample()
    {
        var image = Pictures.Gradient(16, 16, 3);
        var bytes = WithProfile(image, "srgb");
        Assert.Contains("iCCP", PngChunks.Parse(bytes, "a.png").Select(c => c.Type), StringComparer.Ordinal);
        using var header = Load(bytes);
        Assert.Equal(VipsPixels.Read(header).Pixels, Image.Decode(bytes).Pixels);
    }

    [Fact]
    public void A_profile_that_is_garbage_is_left_out()
    {
        using var compressed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(compressed, System.IO.Compression.CompressionLevel.Fastest))
            zlib.Write(new byte[200]);
        byte[] profile = [.. "bad"u8, 0, 0, .. compressed.ToArray()];
        Assert.Equal([1, 2, 3], Image.Decode(PngBuilder.Make(1, 8, PngBuilder.Rgb, [[1, 2, 3]], ("iCCP", profile))).Pixels);
    }

    [Fact]
    public void Cmyk_jpeg_becomes_rgb()
    {
        using var source = VipsPixels.Write(Image.Filled(16, 16, new Rgb(200, 40, 40)));
        using var cmyk = VipsOperation.Apply("colourspace", source, o => o.SetEnum("space", "VipsInterpretation", 15));
        using var save = new VipsOperation("jpegsave_buffer");
        var back = Image.Decode(save.Set("in", cmyk).Set("Q", 100).Build().OutputBlob("buffer"));
        Assert.Equal(3, back.Channels);
        Assert.InRange(back.At(8, 8)[0], 150, 255);
        Assert.InRange(back.At(8, 8)[1], 0, 110);
    }

    [Fact]
    public void Threads_can_be_limited_to_one_and_pictures_stay_the_same()
    {
        var before = ImageLibrary.Threads;
        try
        {
            var image = Pictures.Gradient(300, 200, 4);
            var expected = image.Resize(123, 77).Pixels;
            ImageLibrary.Threads = 1;
            Assert.Equal(1, ImageLibrary.Threads);
            Assert.Equal(expected, image.Resize(123, 77).Pixels);
            Assert.Throws<InvalidSettingException>(() => ImageLibrary.Threads = 0);
        }
        finally
        {
            ImageLibrary.Threads = before;
        }
    }

    [Fact]
    public void Pictures_decode_side_by_side()
    {
        var images = Enumerable.Range(1, 16).Select(i => Pictures.Gradient(10 * i, 200 / i, 3)).ToArray();
        Parallel.For(0, 64, i =>
        {
            var image = images[i % images.Length];
            Assert.Equal(image.Pixels, Image.Decode(image.Encode(ImageFormat.Png)).Pixels);
        });
    }

    // The inverse of what EXIF asks a reader to do.
    static Image Stored(Image upright, int orientation)
    {
        var turned = orientation >= 5;
        var (width, height) = turned ? (upright.Height, upright.Width) : (upright.Width, upright.Height);
        var pixels = new byte[upright.Pixels.Length];
        for (var y = 0; y < upright.Height; y++)
        {
            for (var x = 0; x < upright.Width; x++)
            {
                var (right, down) = (upright.Width - 1 - x, upright.Height - 1 - y);
                var (u, v) = orientation switch
                {
                    1 => (x, y),
                    2 => (right, y),
                    3 => (right, down),
                    4 => (x, down),
                    5 => (y, x),
                    6 => (y, right),
                    7 => (down, right),
                    _ => (down, x),
                };
                upright.At(x, y).CopyTo(pixels, (v * width + u) * 3);
            }
        }

        return new Image(width, height, 3, pixels);
    }

    static byte[] Chunk(string type, byte[] data)
    {
        using var stream = new MemoryStream();
        PngChunks.Write(stream, type, data);
        return stream.ToArray();
    }

    static byte[] WithProfile(Image image, string profile)
    {
        using var source = VipsPixels.Write(image);
        using var converted = VipsOperation.Apply("icc_transform", source, o => o
            .Set("input_profile", "srgb").Set("output_profile", profile).Set("depth", 8));
        using var save = new VipsOperation("pngsave_buffer");
        return save.Set("in", converted).Build().OutputBlob("buffer");
    }

    static unsafe VipsHandle Load(byte[] bytes)
    {
        fixed (byte* data = bytes)
        {
            using var load = new VipsOperation("pngload_buffer");
            using var image = load.SetBlob("buffer", data, bytes.Length).Build().Output("out");
            var pixels = VipsPixels.Read(image);
            return VipsPixels.Write(pixels);
        }
    }

    static byte[] RawSamples(byte[] bytes)
    {
        using var image = Load(bytes);
        return VipsPixels.Read(image).At(0, 0);
    }
}
