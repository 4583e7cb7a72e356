using PixArt.Hub;

namespace PixArt.Tests.Hub;

public sealed class HubSettingsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    HubSettings Read(params (string Name, string Value)[] variables)
    {
        var environment = variables.Prepend(("HOME", _folder.Path)).ToDictionary(v => v.Item1, v => v.Item2, StringComparer.Ordinal);
        return HubSettings.FromEnvironment(environment.GetValueOrDefault);
    }

    [Fact]
    public void Without_variables_all_is_as_Python_has_it()
    {
        var settings = Read();
        Assert.Equal("https://huggingface.co/", settings.Endpoint.AbsoluteUri);
        Assert.Equal(_folder[".cache/huggingface/hub"], settings.CacheFolder);
        Assert.Null(settings.Token);
        Assert.False(settings.Offline);
        Assert.True(settings.Symlinks);
        Assert.Equal((10, 10), (settings.AnswerTimeout.TotalSeconds, settings.StallTimeout.TotalSeconds));
    }

    [Fact]
    public void The_nearest_variable_names_the_cache()
    {
        var variables = new List<(string, string)> { ("XDG_CACHE_HOME", "/x") };
        Assert.Equal("/x/huggingface/hub", Read([.. variables]).CacheFolder);
        variables.Add(("HF_HOME", "~/h"));
        Assert.Equal(_folder["h/hub"], Read([.. variables]).CacheFolder);
        variables.Add(("HUGGINGFACE_HUB_CACHE", "$HF_HOME/old"));
        Assert.Equal("~/h/old", Read([.. variables]).CacheFolder);
        variables.Add(("HF_HUB_CACHE", "${HOME}/new"));
        Assert.Equal(_folder["new"], Read([.. variables]).CacheFolder);
    }

    [Fact]
    public void The_token_comes_from_a_variable_or_a_file()
    {
        Directory.CreateDirectory(_folder[".cache/huggingface"]);
        File.WriteAllText(_folder[".cache/huggingface/token"], "hf_file\r\n");
        File.WriteAllText(_folder["other"], " hf_other ");
        Assert.Equal("hf_file", Read().Token);
        Assert.Equal("hf_other", Read(("HF_TOKEN_PATH", _folder["other"])).Token);
        Assert.Equal("hf_old", Read(("HUGGING_FACE_HUB_TOKEN", "hf_old")).Token);
        Assert.Equal("hf_new", Read(("HUGGING_FACE_HUB_TOKEN", "hf_old"), ("HF_TOKEN", "hf_new\n")).Token);
        Assert.Null(Read(("HF_TOKEN", "hf_new"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).Token);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("Yes", true)]
    [InlineData("on", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void Switches_are_read_as_Python_reads_them(string value, bool on)
    {
        Assert.Equal(on, Read(("HF_HUB_OFFLINE", value)).Offline);
        Assert.Equal(on, Read(("TRANSFORMERS_OFFLINE", value)).Offline);
        Assert.Equal(!on, Read(("HF_HUB_DISABLE_SYMLINKS", value)).Symlinks);
    }

    [Fact]
    public void A_hub_of_ones_own_and_its_patience()
    {
        var settings = Read(("HF_ENDPOINT", "https://hub.example/hf/"), ("HF_HUB_ETAG_TIMEOUT", "3"), ("HF_HUB_DOWNLOAD_TIMEOUT", "60"));
        Assert.Equal("https://hub.example/hf", settings.Endpoint.AbsoluteUri);
        Assert.Equal((3, 60), (settings.AnswerTimeout.TotalSeconds, settings.StallTimeout.TotalSeconds));
    }

    [Theory]
    [InlineData("HF_ENDPOINT", "huggingface.co", "HF_ENDPOINT is 'huggingface.co', expected an address such as https://huggingface.co")]
    [InlineData("HF_ENDPOINT", "file:///etc", "expected an address")]
    [InlineData("HF_HUB_ETAG_TIMEOUT", "soon", "HF_HUB_ETAG_TIMEOUT is 'soon', expected whole seconds, 1 to 86400")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT", "0", "expected whole seconds")]
    [InlineData("HF_TOKEN", "hf_a b", "expected a token of the hub")]
    public void What_cannot_be_used_is_told(string name, string value, string says) =>
        Assert.Contains(says, Assert.Throws<InvalidSettingException>(() => Read((name, value))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_token_is_never_shown()
    {
        Assert.DoesNotContain("hf_secret", Read(("HF_TOKEN", "hf_secret")).ToString(), StringComparison.Ordinal);
        var error = Assert.Throws<InvalidSettingException>(() => Read(("HF_TOKEN", "hf_secret\tx")));
        Assert.DoesNotContain("hf_secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_folder_without_a_name_is_refused() =>
        Assert.Equal("cache folder is ' ', expected a folder", Assert.Throws<InvalidSettingException>(() => new HubClient(Read() with { CacheFolder = " " })).Message);

    [Fact]
    public void Seventeen_files_at_once_are_too_many() =>
        Assert.Equal("parallel is 17, expected 1 to 16", Assert.Throws<InvalidSettingException>(() => new HubClient(Read() with { Parallel = 17 })).Message);
}
