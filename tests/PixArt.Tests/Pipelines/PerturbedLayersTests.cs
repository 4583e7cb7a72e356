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
    [InlineData("28", Nothing)]
    [InlineData("5-3", Nothing)]
    [InlineData("mid", Nothing)]
    [InlineData("attn2", Nothing)]
    [InlineData("blocks.(", "a number, a range or a regular expression")]
    [InlineData("(a)\\1", "a number, a range or a regular expression")]
    public void A_name_that_finds_nothing_is_refused(string name, string expected) => Assert.Equal(
        $"perturbed attention layers is '{name}', expected {expected}", Assert.Throws<InvalidSettingException>(() => PerturbedLayers.Of([name], 28)).Message);

    const string Nothing = "a number or range within 0 to 27, or a pattern that finds one of transformer_blocks.0.attn1 to transformer_blocks.27.attn1";
}
