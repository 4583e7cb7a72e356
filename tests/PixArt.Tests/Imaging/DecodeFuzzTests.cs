using PixArt.Fuzz;
using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

/// <summary>Damaged files, thousands of them, the same on every run: each is read, or refused with a typed error.</summary>
public class DecodeFuzzTests
{
    const int Mutations = 1000;
    static readonly ImageLimits Limits = new() { MaxPixels = 1 << 16, MaxSide = 1024 };

    [Theory]
    [InlineData(ImageFormat.Png, 4, 100)]
    [InlineData(ImageFormat.Jpeg, 3, 85)]
    [InlineData(ImageFormat.Webp, 4, 80)]
    [InlineData(ImageFormat.Webp, 3, 100)]
    public void Mutated_files_are_read_or_refused_with_a_typed_error(ImageFormat format, int channels, int quality)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal) { ["parameters"] = "狐", ["note"] = "plain" };
        var seed = Pictures.Gradient(24, 17, channels).Encode(format, quality, texts);
        var random = new Random(20_000 + (int)format * 10 + channels);
        int read = 0, refused = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var bytes = Mutate(seed, random);
            if (format == ImageFormat.Png && i % 2 == 0) ImageDamage.RepairChecksums(bytes);
            if (Try(() => Image.Decode(bytes, Limits))) read++;
            else refused++;
            Try(() => ImageMetadata.Read(bytes));
        }

        // Both paths must have been taken, or the mutations are too tame or too wild to tell anything.
        Assert.True(read > Mutations / 50, $"only {read} were read");
        Assert.True(refused > Mutations / 50, $"only {refused} were refused");
    }

    [Fact]
    public void Every_truncation_of_a_png_is_refused()
    {
        var png = Pictures.Gradient(9, 9, 3).Encode(ImageFormat.Png);
        for (var length = 0; length < png.Length; length++)
            Assert.False(Try(() => Image.Decode(png.AsSpan(0, length))), $"{length} of {png.Length} bytes were read as a picture");
    }

    // Cut within a text, libvips would read on for minutes and take gigabytes.
    [Fact]
    public void Every_truncation_of_a_png_with_texts_is_refused_at_once()
    {
        var png = Pictures.Gradient(9, 9, 3).Encode(ImageFormat.Png, metadata: new Dictionary<string, string>(StringComparer.Ordinal) { ["parameters"] = "狐 in a meadow" });
        for (var length = 0; length < png.Length; length++)
            Assert.False(Try(() => Image.Decode(png.AsSpan(0, length))), $"{length} of {png.Length} bytes were read as a picture");
    }

    static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (PixArtException e)
        {
            Assert.NotEmpty(e.Message);
            return false;
        }
    }

    static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = (byte[])seed.Clone();
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = random.Next(2) == 0 ? byte.MinValue : byte.MaxValue;
                    break;
                case 3:
                    random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)));
                    break;
                case 4:
                    var from = random.Next(bytes.Length);
                    var length = Math.Min(random.Next(1, 33), bytes.Length - Math.Max(from, at));
                    bytes.AsSpan(from, length).ToArray().CopyTo(bytes, at);
                    break;
                default:
                    if (random.Next(4) == 0) bytes = bytes[..Math.Max(12, at)];
                    break;
            }
        }

        return bytes;
    }
}
