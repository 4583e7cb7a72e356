using PixArt.Pipelines;

namespace PixArt.Tests.Pipelines;

public sealed class PerturbedLayersTests
{
    [Theory]
    [InlineData("blocks.1", 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)] // as a regular expression, like diffusers
    [InlineData(@"blocks\.1\.", 1)]
    [InlineData("1", 1)]
    [InlineData("8-11", 8, 9, 10, 11)]
    [InlineData("26-40", 26, 27)]
    [InlineData("blocks.(4|7).attn1", 4, 7)]
    public void Numbers_are_exact_and_patterns_are_searched(string name, params int[] blocks) =>
        Assert.Equal(blocks, PerturbedLayers.Of([name], 28).Order());

    [Fact]
    public void What_any_name_finds_counts() => Assert.Equal([0, 3, 4, 27], PerturbedLayers.Of(["3-4", "0", "27", "3"], 28).Order());

    [Theory]
    [InlineData("28")]
    [InlineData("5-3")]
    [InlineData("mid")]
    [InlineData("attn2")]
    [InlineData("blocks.(")]
    [InlineData("(a)\\1")]
    public void A_name_that_finds_nothing_is_refused(string name)
    {
        var error = Assert.Throws<InvalidSettingException>(() => PerturbedLayers.Of([name], 28));
        Assert.Equal("perturbed attention layers", error.Field);
    }
}
