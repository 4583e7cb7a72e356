using PixArt.Text;

namespace PixArt.Tests.Text;

public sealed class PromptStyleTests
{
    [Fact]
    public void There_are_ten_each_with_a_place_for_the_prompt()
    {
        Assert.Equal(10, PromptStyle.All.Count);
        Assert.Equal(10, PromptStyle.All.Select(style => style.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(PromptStyle.All, style => Assert.Contains("a {fox}", style.Apply("a {fox}"), StringComparison.Ordinal));
    }

    [Fact]
    public void None_changes_nothing()
    {
        var none = PromptStyle.Find("none");
        Assert.Equal(("a fox", "fog"), (none.Apply("a fox"), none.ApplyNegative("fog")));
    }

    [Theory]
    [InlineData("Pixel art", "pixel-art")]
    [InlineData("3D Model", "3d-model")]
    [InlineData("NEONPUNK", "neonpunk")]
    [InlineData("digital_art", "digital-art")]
    public void Names_are_read_as_the_demos_write_them(string asked, string name) => Assert.Equal(name, PromptStyle.Find(asked).Name);

    [Fact]
    public void The_own_negative_prompt_comes_after_the_style_s() =>
        Assert.EndsWith(", fog", PromptStyle.Find("anime").ApplyNegative("fog"), StringComparison.Ordinal);

    [Fact]
    public void An_unknown_style_is_refused_with_the_known_ones() =>
        Assert.Contains("cinematic, photographic", Assert.Throws<InvalidSettingException>(() => PromptStyle.Find("oil")).Message, StringComparison.Ordinal);
}
