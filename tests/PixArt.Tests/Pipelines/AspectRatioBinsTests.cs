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
}
