using PixArt.Hub;

namespace PixArt.Tests.Hub;

public sealed class HubPathTests
{
    [Theory]
    [InlineData("a/b", "a/b", null, "a/b")]
    [InlineData("a/b@v1", "a/b@v1", null, "a/b@v1")]
    [InlineData("a/b:x.pth", "a/b", "x.pth", "a/b:x.pth")]
    [InlineData("a/b@refs/pr/1:in/x@y.pth", "a/b@refs/pr/1", "in/x@y.pth", "a/b@refs/pr/1:in/x@y.pth")]
    [InlineData("a/b@v1:", "a/b@v1", null, "a/b@v1")]
    public void A_model_or_a_file_of_it(string text, string id, string? file, string written)
    {
        var path = HubPath.Parse(text);
        Assert.Equal((id, file, written), (path.Id.ToString(), path.File, path.ToString()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("b")]
    [InlineData("a/b/c")]
    [InlineData(@"C:\models\x.pth")]
    [InlineData("a/b:../x")]
    [InlineData("a/b:/etc/passwd")]
    [InlineData("a/b:x:y")]
    public void Other_texts_are_none(string? text) => Assert.Null(HubPath.TryParse(text));

    [Fact]
    public void Nonsense_is_told() => Assert.Equal(
        "hub id is 'b', expected owner/name, owner/name@revision or owner/name:file", Assert.Throws<InvalidSettingException>(() => HubPath.Parse("b")).Message);

    [Theory]
    [InlineData("---\nlicense: openrail++\n---\n# x", "openrail++")]
    [InlineData("---\ntags:\n- x\nlicense: other\nlicense_name: \"faipl-1.0\"\n---\n", "faipl-1.0")]
    [InlineData("---\nlicense: other\n---\n", "other")]
    [InlineData("---\ntags: []\n---\nlicense: mit", null)]
    [InlineData("license: mit", null)]
    [InlineData("", null)]
    public void A_card_states_its_licence(string card, string? license)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["README.md"], card);
        Assert.Equal(license, ModelCard.License(folder.Path));
    }
}
