using PixArt.Hub;

namespace PixArt.Tests.Hub;

public sealed class HubIdTests
{
    [Theory]
    [InlineData("PixArt-alpha/PixArt-XL-2-1024-MS", "PixArt-alpha", "PixArt-XL-2-1024-MS", "main")]
    [InlineData("ptx0/pixart-900m-1024-ft-v0.7-stage1@v1.0", "ptx0", "pixart-900m-1024-ft-v0.7-stage1", "v1.0")]
    [InlineData("a/b_c.d@refs/pr/3", "a", "b_c.d", "refs/pr/3")]
    public void An_id_has_owner_name_and_revision(string text, string owner, string name, string revision)
    {
        var id = HubId.Parse(text);
        Assert.Equal((owner, name, revision), (id.Owner, id.Name, id.Revision));
        Assert.Equal(text, id.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("a/b/c")]
    [InlineData("/nowhere")]
    [InlineData("./models/x")]
    [InlineData("../models")]
    [InlineData("a/")]
    [InlineData("-a/b")]
    [InlineData("a/b.")]
    [InlineData("a--b/c")]
    [InlineData("a/b..c")]
    [InlineData("a/b.git")]
    [InlineData("a/b c")]
    [InlineData("a/bö")]
    [InlineData("a/b@")]
    [InlineData("a/b@../../etc")]
    [InlineData("a/b@x//y")]
    [InlineData("a/b@/x")]
    [InlineData("a/b@.hidden")]
    [InlineData("a/b@x y")]
    [InlineData("a/b@x\\y")]
    [InlineData("a/b@x@y")]
    public void What_is_no_id_is_told(string text)
    {
        Assert.Null(HubId.TryParse(text));
        var error = Assert.Throws<InvalidSettingException>(() => HubId.Parse(text));
        Assert.Equal($"hub id is '{text}', expected owner/name or owner/name@revision, such as PixArt-alpha/PixArt-Sigma-XL-2-1024-MS", error.Message);
    }

    [Fact]
    public void Too_long_a_name_is_none() => Assert.Null(HubId.TryParse($"a/{new string('b', 97)}"));

    [Fact]
    public void Another_revision_is_checked_too() =>
        Assert.Equal("revision is '../x', expected a branch, a tag or a commit", Assert.Throws<InvalidSettingException>(() => HubId.Parse("a/b").At("../x")).Message);
}
