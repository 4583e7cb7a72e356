using System.Globalization;
using PixArt.Pipelines;
using PixArt.TestKit;

namespace PixArt.Tests.Pipelines;

public sealed class AspectRatioBinsTests
{
    static readonly int[] s_sampleSizes = [32, 64, 128, 256];

    [Theory]
    [GoldenEntries("text/aspect_bins")]
    public void Sizes_are_the_references(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var tables = golden.Json.GetProperty("tables");
        foreach (var bins in s_sampleSizes.Select(size => AspectRatioBins.ForSampleSize(size)!))
        {
            var expected = tables.GetProperty(bins.Side.ToString(CultureInfo.InvariantCulture)).EnumerateObject()
                .Select(bin => ((int)bin.Value[0].GetDouble(), (int)bin.Value[1].GetDouble()));
            Assert.Equal(expected, bins.Sizes);
        }
    }

    [Theory]
    [GoldenEntries("text/aspect_bins")]
    public void Closest_is_the_references_choice(string entry)
    {
        using var golden = GoldenSet.Open().Load(entry);
        var cases = golden.Json.GetProperty("classify").EnumerateArray().ToArray();
        Assert.NotEmpty(cases);
        foreach (var wanted in cases)
        {
            var side = int.Parse(wanted.GetProperty("table").GetString()!, CultureInfo.InvariantCulture);
            var (height, width) = (wanted.GetProperty("height").GetInt32(), wanted.GetProperty("width").GetInt32());
            var expected = wanted.GetProperty("bin_height_width");
            Assert.Equal(
                (expected[0].GetInt32(), expected[1].GetInt32()),
                AspectRatioBins.ForSampleSize(side / 8)!.Closest(height, width));
        }
    }

    [Fact]
    public void Other_sample_sizes_have_no_table() => Assert.Null(AspectRatioBins.ForSampleSize(16));

    [Theory]
    [InlineData(256, 40, "0.27:128x480")]
    [InlineData(512, 40, "3.62:928x256")]
    [InlineData(1024, 40, "2.89:1664x576")]
    [InlineData(2048, 40, "0.26:1024x3968")]
    [InlineData(2880, 40, "1.7:3584x2112")]
    public void Training_tables_are_full(int side, int count, string entry)
    {
        var bins = AspectRatioBins.ForTraining(side);
        Assert.Equal(count, bins.Bins.Count);
        Assert.Contains(entry, bins.Bins.Select(b => $"{b.Key}:{b.Height}x{b.Width}"), StringComparer.Ordinal);
        Assert.Equal((side, side), bins.Closest(100, 100));
    }

    [Fact]
    public void A_base_without_a_table_is_refused() =>
        Assert.Throws<InvalidSettingException>(() => AspectRatioBins.ForTraining(768));

    [Fact]
    public void Of_two_equally_near_bins_the_wider_is_taken() =>
        Assert.Equal("0.48", AspectRatioBins.ForTraining(1024).Closest((0.48 + 0.5) / 2).Key);
}
