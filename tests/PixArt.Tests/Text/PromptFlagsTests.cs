using PixArt.Pipelines;
using PixArt.Text;

namespace PixArt.Tests.Text;

public sealed class PromptFlagsTests
{
    [Theory]
    [InlineData("a cactus", "a cactus", null)]
    [InlineData("  a cactus --ar 3:4", "a cactus", 0.75)]
    [InlineData("a cactus --aspect_ratio 16:9 --ar 3:4", "a cactus", 16.0 / 9)]
    [InlineData("a cactus --ar 3:4 --aspect_ratio 16:9 in a desert", "a cactus", 16.0 / 9)]
    [InlineData("a cactus --ar 3:4 --ar 1:2", "a cactus", 0.75)]
    [InlineData("a cactus --ar wide", "a cactus", null)]
    [InlineData("a cactus --ar 3:0", "a cactus", null)]
    [InlineData("a cactus --ar 99999999999999999999:1", "a cactus", null)]
    [InlineData("a cactus --arid", "a cactus --arid", null)]
    [InlineData("--hw 512:768", "", null)]
    [InlineData("a cactus --hw 512:768 --ar 2:1", "a cactus", 2.0)]
    public void Parse_cuts_the_flags_and_reads_the_ratio(string text, string prompt, double? ratio)
    {
        var flags = PromptFlags.Parse(text);
        Assert.Equal(prompt, flags.Prompt);
        Assert.Equal(ratio, flags.AspectRatio);
    }

    [Fact]
    public void The_size_is_apart_from_the_ratio()
    {
        Assert.Equal((512, 768), PromptFlags.Parse("x --hw 512:768").Size);
        Assert.Null(PromptFlags.Parse("x --ar 2:1").Size);
    }

    [Fact]
    public void The_ratio_chooses_a_bin() =>
        Assert.Equal("0.72", AspectRatioBins.ForSampleSize(128)!.Closest(PromptFlags.Parse("x --ar 3:4").AspectRatio!.Value).Key);
}
