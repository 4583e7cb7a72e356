using PixArt.Models;

namespace PixArt.Tests.Models;

public sealed class DepthPlanTests
{
    [Fact]
    public void Twentyeight_to_fortytwo_overlaps_as_SOLAR_does_with_seven_removed_a_side()
    {
        var plan = DepthPlan.Of(28, 42, DepthMethod.Overlap);
        Assert.Equal([.. Enumerable.Range(0, 21), .. Enumerable.Range(7, 21)], plan.Select(b => b.Source));
        Assert.DoesNotContain(plan, b => b.Silent);
    }

    [Theory]
    [InlineData(24, 36)]
    [InlineData(2, 3)]
    [InlineData(7, 8)]
    [InlineData(5, 10)]
    public void Overlapping_keeps_both_ends_and_the_order(int from, int to)
    {
        int[] sources = [.. DepthPlan.Of(from, to, DepthMethod.Overlap).Select(b => b.Source)];
        Assert.Equal((to, 0, from - 1), (sources.Length, sources[0], sources[^1]));
        Assert.Equal(Enumerable.Range(0, from), sources.Distinct().Order());
        Assert.Equal(1, sources.Zip(sources.Skip(1)).Count(pair => pair.Second != pair.First + 1));
    }

    [Theory]
    [InlineData(28, 42)]
    [InlineData(2, 3)]
    [InlineData(3, 20)]
    [InlineData(7, 8)]
    public void Identity_keeps_every_block_once_and_silences_the_copies(int from, int to)
    {
        var plan = DepthPlan.Of(from, to, DepthMethod.Identity);
        Assert.Equal(Enumerable.Range(0, from), plan.Where(b => !b.Silent).Select(b => b.Source));
        Assert.Equal(to - from, plan.Count(b => b.Silent));
        for (var i = 0; i < to; i++)
            if (plan[i].Silent) Assert.Equal(plan[i - 1].Source, plan[i].Source);
    }

    [Fact]
    public void Fourteen_copies_follow_every_second_of_twentyeight()
    {
        var plan = DepthPlan.Of(28, 42, DepthMethod.Identity);
        Assert.Equal(Enumerable.Range(0, 14).Select(i => (2 * i) + 1), plan.Where(b => b.Silent).Select(b => b.Source));
    }

    [Theory]
    [InlineData(28, DepthMethod.Overlap, "more than the model's 28")]
    [InlineData(3, DepthMethod.Identity, "more than the model's 28")]
    [InlineData(57, DepthMethod.Overlap, "at most 56, twice the model's, as its blocks overlap; or the identity method")]
    public void A_depth_that_cannot_be_reached_is_refused(int to, DepthMethod method, string expected)
    {
        var error = Assert.Throws<InvalidSettingException>(() => DepthPlan.Of(28, to, method));
        Assert.Equal($"layers is {to}, expected {expected}", error.Message);
    }
}
