using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using PixArt.Imaging;
using PixArt.Imaging.Metadata;

namespace PixArt.Tests.Imaging;

public class MetadataTests
{
    static readonly Dictionary<string, string> Texts = new(StringComparer.Ordinal)
    {
        ["parameters"] = "a fox\nNegative prompt: blur\nSteps: 20, Sampler: DPM++ 2M, CFG scale: 4.5, Seed: 7, Size: 512x512",
        ["pixart"] = """{"prompt":"un café, 狐 🦊","seed":7}""",
        ["Comment"] = "naïve ©\ttab",
        ["empty"] = "",
    };

    [Theory]
    [InlineData(ImageFormat.Png, 3)]
    [InlineData(ImageFormat.Png, 4)]
    [InlineData(ImageFormat.Jpeg, 3)]
    [InlineData(ImageFormat.Webp, 3)]
    [InlineData(ImageFormat.Webp, 4)]
    public void Texts_come_back_and_the_picture_is_unchanged(ImageFormat format, int channels)
    {
        var image = Pictures.Gradient(19, 13, channels);
        foreach (var quality in (int[])[80, 100])
        {
            var plain = image.Encode(format, quality);
            var bytes = image.Encode(format, quality, Texts);
            Assert.Equal(Texts.OrderBy(t => t.Key, StringComparer.Ordinal),
                ImageMetadata.Read(bytes).OrderBy(t => t.Key, StringComparer.Ordinal));
            Assert.Equal(Image.Decode(plain).Pixels, Image.Decode(bytes).Pixels);
            Assert.Empty(ImageMetadata.Read(plain));
        }
    }

    [Fact]
    public void Unicode_parameters_survive_exif() => Assert.Equal("狐 🦊", ImageMetadata.Read(Pictures.Gradient(8, 8, 3).Encode(
        ImageFormat.Jpeg, metadata: new Dictionary<string, string>(StringComparer.Ordinal) { ["parameters"] = "狐 🦊" }))["parameters"]);

    [Fact]
    public void Png_latin_text_is_tEXt_and_other_text_is_iTXt_before_the_pixels()
    {
        var png = Pictures.Gradient(4, 4, 3).Encode(ImageFormat.Png, metadata: Texts);
        var types = PngChunks.Parse(png, "a.png").Select(c => c.Type).ToArray();
        Assert.Equal(["IHDR", "tEXt", "iTXt", "iTXt", "tEXt"], types[..5]);
        Assert.Equal("IEND", types[^1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a  b")]
    [InlineData("a\nb")]
    [InlineData("狐")]
    [InlineData("a\u00A0b")]
    public void A_keyword_that_png_forbids_is_refused_in_every_format(string keyword)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { [keyword] = "x" };
        foreach (var format in Enum.GetValues<ImageFormat>())
        {
            var error = Assert.Throws<InvalidSettingException>(() => Pictures.Gradient(4, 4, 3).Encode(format, metadata: texts));
            Assert.Equal(("metadata keyword", keyword), (error.Field, error.Value));
            Assert.EndsWith(", expected 1 to 79 Latin-1 characters without outer or doubled spaces", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData('\0', "a text without NUL characters")]
    [InlineData('\uD83E', "well-formed Unicode without lone surrogates")]
    public void A_text_that_no_file_can_hold_is_refused_in_every_format(char character, string expected)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { ["parameters"] = $"a {character} b" };
        foreach (var format in Enum.GetValues<ImageFormat>())
        {
            var error = Assert.Throws<InvalidSettingException>(() => Pictures.Gradient(4, 4, 3).Encode(format, metadata: texts));
            Assert.Equal(("metadata 'parameters'", expected), (error.Field, error.Expected));
        }
    }

    [Fact]
    public void A_text_beyond_all_reason_is_refused()
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { ["parameters"] = new string('x', (16 << 20) + 1) };
        Assert.EndsWith("x…' (16777217 characters), expected at most 16777216 characters", Assert.Throws<InvalidSettingException>(() => Pictures.Gradient(4, 4, 3).Encode(ImageFormat.Png, metadata: texts)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_too_long_for_a_jpeg_segment_are_refused_there_and_fit_elsewhere()
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { ["long"] = new string('x', 70_000) };
        var image = Pictures.Gradient(4, 4, 3);
        var error = Assert.Throws<InvalidSettingException>(() => image.Encode(ImageFormat.Jpeg, metadata: texts));
        Assert.Equal(("metadata", "at most 65527 bytes in a JPEG (use PNG)"), (error.Field, error.Expected));
        Assert.Equal(texts, ImageMetadata.Read(image.Encode(ImageFormat.Webp, metadata: texts)));
        Assert.Equal(texts, ImageMetadata.Read(image.Encode(ImageFormat.Png, metadata: texts)));
    }

    [Fact]
    public void Png_compressed_texts_are_read()
    {
        var png = WithChunks(
            ("zTXt", [.. "old"u8, 0, 0, .. Deflate("compressed")]),
            ("iTXt", [.. "new"u8, 0, 1, 0, .. "de"u8, 0, .. "neu"u8, 0, .. Deflate("gepreßt 狐")]));
        var texts = PngMetadata.Read(png);
        Assert.Equal("compressed", texts["old"]);
        Assert.Equal("gepreßt 狐", texts["new"]);
    }

    public static TheoryData<string, string, byte[]> DamagedTexts => new()
    {
        { "tEXt", "a terminator is missing", "no terminator"u8.ToArray() },
        { "zTXt", "", [(byte)'k', 0] }, // what the runtime says
        { "zTXt", "compression method 9 is unknown", [(byte)'k', 0, 9, 1, 2] },
        { "zTXt", "", [(byte)'k', 0, 0, 1, 2, 3] },
        { "iTXt", "", [(byte)'k', 0, 0] },
        { "iTXt", "", [(byte)'k', 0, 0, 0, 0, 0, 0xC3] },
        { "zTXt", "it inflates to more than 16777216 bytes", [(byte)'k', 0, 0, .. Deflate(new string('x', 17 << 20))] },
    };

    [Theory]
    [MemberData(nameof(DamagedTexts))]
    public void Png_text_chunk_that_is_damaged_is_an_error_that_names_it(string type, string reason, byte[] data)
    {
        var error = Assert.Throws<PixArtException>(() => PngMetadata.Read(WithChunks((type, data)), "a.png"));
        Assert.StartsWith($"a.png: damaged PNG picture: a {type} chunk cannot be read: {reason}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Png_with_a_lying_length_or_checksum_or_no_end_is_an_error()
    {
        var png = Pictures.Gradient(4, 4, 3).Encode(ImageFormat.Png, metadata: Texts);
        foreach (var length in (int[])[0, 7]) Assert.Equal("a.png: not a PNG file", Cut(length));
        foreach (var length in (int[])[8, 19]) Assert.Equal("a.png: damaged PNG picture at byte 8: the file ends before its IEND chunk", Cut(length));
        Assert.Equal("a.png: damaged PNG picture at byte 33: the file ends before its IEND chunk", Cut(40));
        Assert.Equal($"a.png: damaged PNG picture at byte {png.Length - 12}: the file ends before its IEND chunk", Cut(png.Length - 1));
        Assert.Equal("a.png: damaged PNG picture at byte 33: a chunk's checksum is wrong", Broken(45));
        Assert.Matches("^a.png: damaged PNG picture at byte 33: a chunk of [0-9]{10} bytes passes the file's end$", Broken(33));
        Assert.Equal("a.png: damaged PNG picture at byte 8: the first chunk is not IHDR", Broken(12, repair: true));

        string Cut(int length) => Assert.Throws<PixArtException>(() => PngMetadata.Read(png.AsSpan(0, length), "a.png")).Message;

        string Broken(int at, bool repair = false)
        {
            var bytes = (byte[])png.Clone();
            bytes[at] ^= 0x40;
            if (repair) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc32.Of(bytes.AsSpan(12, 17)));
            return Assert.Throws<PixArtException>(() => PngMetadata.Read(bytes, "a.png")).Message;
        }
    }

    [Fact]
    public void Exif_places_that_lead_out_of_the_file_are_told()
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { ["parameters"] = "a fox" };
        var jpeg = Pictures.Gradient(8, 8, 3).Encode(ImageFormat.Jpeg, metadata: texts);
        var webp = Pictures.Gradient(8, 8, 3).Encode(ImageFormat.Webp, metadata: texts);
        var exif = jpeg.AsSpan().IndexOf("Exif\0\0"u8);
        Assert.Equal("a: damaged picture metadata: no segment at byte 6", Changed([0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 0, 0, 0, 0], 0, 0xFF));
        Assert.Equal($"a: damaged picture metadata: a segment of 65535 bytes at byte {exif - 4}", Changed(jpeg, exif - 2, 255, 255));
        Assert.Equal($"a: damaged picture metadata: a segment of 1 bytes at byte {exif - 4}", Changed(jpeg, exif - 2, 0, 1));
        Assert.Equal("a: damaged picture metadata: no TIFF header", Changed(jpeg, exif + 6, (byte)'X'));
        Assert.Equal("a: damaged picture metadata: an offset of 2130706440 passes the end", Changed(jpeg, exif + 10, 127));
        Assert.Equal("a: damaged picture metadata: a chunk of 4294967295 bytes at byte 12", Changed(webp, 16, 255, 255, 255, 255));
        Assert.Equal("a: not a picture that can be read, expected PNG, JPEG or WebP", Changed(webp, 0, (byte)'X'));

        static string Changed(byte[] picture, int at, params byte[] bytes)
        {
            var changed = (byte[])picture.Clone();
            bytes.CopyTo(changed, at);
            return Assert.Throws<PixArtException>(() => ImageMetadata.Read(changed, "a")).Message;
        }
    }

    [Fact]
    public void Crc32_gives_the_published_check_value() => Assert.Equal(0xCBF43926, Crc32.Of("123456789"u8));

    [Fact]
    public void Exif_of_other_programs_is_read_in_either_byte_order()
    {
        // Little-endian, user comment only, as cameras and other generators write it.
        byte[] comment = [.. "UNICODE\0"u8, .. Encoding.Unicode.GetBytes("狐 in a meadow")];
        byte[] block =
        [
            .. "II*\0"u8, 8, 0, 0, 0,
            1, 0, 0x69, 0x87, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0,
            1, 0, 0x86, 0x92, 7, 0, (byte)comment.Length, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0,
            .. comment,
        ];
        Assert.Equal("狐 in a meadow", ExifText.Read(block)["parameters"]);
        for (var length = 1; length < block.Length; length++)
            Assert.Throws<InvalidDataException>(() => ExifText.Read(block.AsSpan(0, length)));
    }

    static byte[] WithChunks(params (string Type, byte[] Data)[] chunks)
    {
        var png = Pictures.Gradient(4, 4, 3).Encode(ImageFormat.Png);
        using var result = new MemoryStream();
        result.Write(png.AsSpan(0, 33));
        foreach (var (type, data) in chunks) PngChunks.Write(result, type, data);
        result.Write(png.AsSpan(33));
        return result.ToArray();
    }

    static byte[] Deflate(string text)
    {
        using var result = new MemoryStream();
        using (var zlib = new ZLibStream(result, CompressionLevel.Fastest)) zlib.Write(Encoding.UTF8.GetBytes(text));
        return result.ToArray();
    }
}
