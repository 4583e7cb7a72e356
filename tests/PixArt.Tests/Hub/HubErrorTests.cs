using System.Text;
using PixArt.Hub;
using PixArt.TestKit.Hub;

namespace PixArt.Tests.Hub;

/// <summary>Everything that a hub refuses, or a disk, in words that say what to do.</summary>
public sealed class HubErrorTests : IDisposable
{
    const string Id = "someone/model";
    const string Large = "model.safetensors";

    readonly HubRig _rig = new();
    readonly FakeRepository _repository;

    public HubErrorTests() => _repository = _rig.Hub.Add(Id).Add("config.json", "{}").Add(Large, SampleRepository.Noise(1000, 3));

    public void Dispose() => _rig.Dispose();

    string Host => new Uri(_rig.Hub.Endpoint).Authority;

    string Blobs => Path.Combine(_rig.Cache, "models--someone--model", "blobs");

    void UseToken(string? token = null) => _rig.Settings = _rig.Settings with { Token = token ?? _rig.Hub.Token };

    async Task AssertAsync(HubErrorKind kind, string message, string id = Id, HubRequest? request = null) =>
        Assert.Equal(message, (await _rig.FailsAsync(kind, id, request ?? HubRig.Everything)).Message);

    [Fact]
    public async Task A_model_that_is_not_there() => await AssertAsync(HubErrorKind.RepositoryNotFound,
        $"{Host} has no model some/thing that is open to all: check the spelling at {_rig.Hub.Endpoint}/some/thing; for a private model set HF_TOKEN to a token that may read it",
        "some/thing");

    [Fact]
    public async Task A_private_model_without_and_with_another_token()
    {
        _repository.Private = true;
        await AssertAsync(HubErrorKind.RepositoryNotFound,
            $"{Host} has no model {Id} that is open to all: check the spelling at {_rig.Hub.Endpoint}/{Id}; for a private model set HF_TOKEN to a token that may read it");
        UseToken();
        await AssertAsync(HubErrorKind.RepositoryNotFound,
            $"{Host} has no model some/thing that the token may read: check the spelling at {_rig.Hub.Endpoint}/some/thing and the token's account", "some/thing");
        HubRig.AssertSame(_repository, await _rig.DownloadAsync(Id, HubRig.Everything));
    }

    [Fact]
    public async Task A_token_that_the_hub_does_not_know()
    {
        UseToken("hf_wrong");
        await AssertAsync(HubErrorKind.TokenRefused,
            $"{Host} does not know the token: make a new one at {_rig.Hub.Endpoint}/settings/tokens and set HF_TOKEN to it, or unset it for models that are open to all");
    }

    [Fact]
    public async Task A_gated_model_without_a_token()
    {
        _repository.Gated = true;
        await AssertAsync(HubErrorKind.Gated,
            $"{Id} is gated: accept its conditions at {_rig.Hub.Endpoint}/{Id}, make a token at {_rig.Hub.Endpoint}/settings/tokens and set HF_TOKEN to it");
    }

    [Fact]
    public async Task A_gated_model_with_a_token_before_and_after_its_conditions_are_accepted()
    {
        _repository.Gated = true;
        UseToken();
        await AssertAsync(HubErrorKind.Gated,
            $"{Id} is gated and the token's account has no access: accept its conditions at {_rig.Hub.Endpoint}/{Id} with that account, and see that the token may read gated models");
        _rig.Hub.Accepted = true;
        HubRig.AssertSame(_repository, await _rig.DownloadAsync(Id, HubRig.Everything));
    }

    [Fact]
    public async Task A_revision_that_is_not_there() => await AssertAsync(HubErrorKind.RevisionNotFound,
        $"{Id} has no revision 'v9', expected a branch, a tag or a commit as {_rig.Hub.Endpoint}/{Id}/tree/main lists them (main is the usual one)", $"{Id}@v9");

    [Fact]
    public async Task A_file_that_is_not_there() => await AssertAsync(HubErrorKind.FileNotFound,
        $"{Id} has no file 'x.bin'; it has config.json, {Large}", request: new() { Files = ["x.bin"] });

    [Fact]
    public async Task A_model_without_an_index_is_no_pipeline()
    {
        var repository = _rig.Hub.Add("someone/loose");
        for (var i = 0; i < 12; i++) repository.Add($"PixArt-{i:00}.pth", "x");
        await AssertAsync(HubErrorKind.FileNotFound,
            "someone/loose is no model folder: it has no model_index.json; it has PixArt-00.pth, PixArt-01.pth, PixArt-02.pth, PixArt-03.pth, PixArt-04.pth, PixArt-05.pth, PixArt-06.pth, PixArt-07.pth and 4 more; one of them is meant by someone/loose:FILE",
            "someone/loose", new HubRequest());
    }

    [Fact]
    public async Task A_hub_that_asks_for_a_pause_gets_it()
    {
        var left = 2;
        _rig.Hub.Fault = (_, answer) => left-- > 0 ? FakeAnswer.Error(429, headers: ("Retry-After", "7")) : answer;
        HubRig.AssertSame(_repository, await _rig.DownloadAsync(Id, HubRig.Everything));
        Assert.Equal([7, 7], _rig.Pauses.Select(p => p.TotalSeconds));
    }

    [Fact]
    public async Task A_hub_that_asks_for_an_hour_is_told_at_once()
    {
        _rig.Hub.Fault = (_, _) => FakeAnswer.Error(429, headers: ("Retry-After", "3600"));
        await AssertAsync(HubErrorKind.RateLimited,
            $"{Host} takes no more requests for now: try again in 3600 s; with a token ({_rig.Hub.Endpoint}/settings/tokens, then HF_TOKEN) it allows more");
        Assert.Empty(_rig.Pauses);
        UseToken();
        _rig.Hub.Fault = (_, _) => FakeAnswer.Error(429);
        await AssertAsync(HubErrorKind.RateLimited, $"{Host} takes no more requests for now: try again in some minutes");
    }

    [Fact]
    public async Task A_hub_that_cannot_serve_is_asked_five_times()
    {
        _rig.Hub.Fault = (_, _) => FakeAnswer.Error(503, message: "Service is down\tfor maintenance");
        await AssertAsync(HubErrorKind.Unavailable,
            $"{Host} cannot serve {Id} at the moment (it answers 503: Service is down for maintenance); try again later");
        Assert.Equal([1, 2, 4, 8], _rig.Pauses.Select(p => p.TotalSeconds));
        Assert.Equal(5, _rig.Requests().Count);
    }

    [Fact]
    public async Task A_hub_that_serves_again_is_enough()
    {
        var left = 3;
        _rig.Hub.Fault = (request, answer) => request.IsCdn && left-- > 0 ? FakeAnswer.Error(502) : answer;
        HubRig.AssertSame(_repository, await _rig.DownloadAsync(Id, HubRig.Everything));
    }

    [Fact]
    public async Task A_hub_that_refuses_for_a_reason_of_its_own()
    {
        _rig.Hub.Fault = (_, _) => FakeAnswer.Error(403, message: "Access to this resource is disabled.");
        await AssertAsync(HubErrorKind.Forbidden,
            $"{Host} refuses access to {Id}: Access to this resource is disabled.; look at {_rig.Hub.Endpoint}/{Id}, or use a token that may read it");
    }

    [Fact]
    public async Task A_hub_that_does_not_answer()
    {
        _rig.Hub.Dispose();
        var error = await _rig.FailsAsync(HubErrorKind.Unreachable, Id);
        Assert.StartsWith($"{Host} cannot be reached for {Id} (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("); check the connection (behind a proxy: HTTPS_PROXY) and run this again: what has arrived is kept", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hub_that_says_nothing_for_too_long()
    {
        _rig.Settings = _rig.Settings with { AnswerTimeout = TimeSpan.FromMilliseconds(50) };
        var gaveUp = new TaskCompletionSource();
        _rig.Hub.Fault = (_, answer) =>
        {
            gaveUp.Task.Wait();
            return answer;
        };
        await _rig.FailsAsync(HubErrorKind.Unreachable, Id);
        gaveUp.SetResult();
    }

    [Theory]
    [InlineData("<html>hello</html>", "it is not JSON")]
    [InlineData("[]", "it names no commit")]
    [InlineData("{\"sha\": \"main\"}", "it names no commit")]
    public async Task What_answers_is_no_hub(string body, string says)
    {
        _rig.Hub.Fault = (_, _) => new FakeAnswer(200, Encoding.UTF8.GetBytes(body));
        await AssertAsync(HubErrorKind.BadAnswer, $"{Host} gives no usable answer for {Id}: {says}; is HF_ENDPOINT a hub?");
    }

    [Theory]
    [InlineData("../../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("C:\\\\evil")]
    public async Task A_listing_that_leads_out_of_the_cache_is_refused(string path)
    {
        _rig.Hub.Fault = (request, answer) => request.Path.Contains("/tree/", StringComparison.Ordinal)
            ? new FakeAnswer(200, Encoding.UTF8.GetBytes($$"""[{"type": "file", "oid": "{{new string('a', 40)}}", "size": 1, "path": "{{path}}"}]""")) : answer;
        var error = await _rig.FailsAsync(HubErrorKind.BadAnswer, Id, HubRig.Everything);
        Assert.Contains("the listing has the path", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_rig.Cache));
    }

    [Theory]
    [InlineData("""[{"type": "file", "oid": "../../x", "size": 1, "path": "x"}]""", "the listing has no usable hash or size for 'x'")]
    [InlineData("""[{"type": "file", "oid": "", "size": 1, "path": "x"}]""", "the listing has no usable hash or size for 'x'")]
    [InlineData("""[{"type": "file", "oid": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "size": -1, "path": "x"}]""", "the listing has no usable hash or size for 'x'")]
    [InlineData("""[{"type": "file", "oid": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "size": 1, "path": "x", "lfs": {"oid": "bb", "size": 1}}]""", "the listing has no usable hash or size for 'x'")]
    [InlineData("""[{"type": "file", "oid": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "path": "x"}]""", "the listing has no number 'size'")]
    [InlineData("""[{"type": "file", "oid": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "size": "1", "path": "x"}]""", "the listing has no number 'size'")]
    [InlineData("""[{"type": "file", "oid": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "size": 1}]""", "the listing has the path ''")]
    [InlineData("""{"files": []}""", "the listing is no list")]
    [InlineData("null", "the listing is no list")]
    public async Task A_listing_of_another_shape_is_refused(string listing, string says)
    {
        _rig.Hub.Fault = (request, answer) => request.Path.Contains("/tree/", StringComparison.Ordinal) ? new FakeAnswer(200, Encoding.UTF8.GetBytes(listing)) : answer;
        await AssertAsync(HubErrorKind.BadAnswer, $"{Host} gives no usable answer for {Id}: {says}; is HF_ENDPOINT a hub?", request: HubRig.Everything);
        Assert.False(Directory.Exists(_rig.Cache));
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/x", "a redirect to ftp://127.0.0.1")]
    [InlineData(null, "a redirect without an address")]
    [InlineData("/api/models/x", "redirects without an end")]
    public async Task A_redirect_to_nowhere_is_told(string? target, string says)
    {
        _rig.Hub.Fault = (_, _) => new FakeAnswer(302, []) { Headers = target is null ? [] : [("Location", target)] };
        await AssertAsync(HubErrorKind.BadAnswer, $"{Host} gives no usable answer for {Id}: {says}; is HF_ENDPOINT a hub?");
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_told_before_anything_comes()
    {
        _repository.Add("big.bin", SampleRepository.Noise(2_000_000, 4));
        _rig.Settings = _rig.Settings with { FreeBytes = _ => 1_500_000 };
        await AssertAsync(HubErrorKind.DiskFull,
            $"the disk of {_rig.Cache} is too small: {Id} needs 3 MB more, 2 MB are free; free space there, or set HF_HUB_CACHE to a folder on another disk");
        Assert.Equal(0, _rig.Hub.BytesSent);
    }

    [Fact]
    public async Task A_disk_that_runs_full_is_told()
    {
        if (!System.IO.File.Exists("/dev/full")) return;
        Directory.CreateDirectory(Blobs);
        System.IO.File.CreateSymbolicLink(Path.Combine(Blobs, _repository.Etag(Large) + ".incomplete"), "/dev/full");
        await AssertAsync(HubErrorKind.DiskFull,
            $"the disk of {_rig.Cache} is full; free space there, or set HF_HUB_CACHE to a folder on another disk; what has arrived is kept");
    }

    [Fact]
    public async Task A_cache_that_is_no_folder_is_told()
    {
        System.IO.File.WriteAllText(_rig.Cache, "");
        var error = await _rig.FailsAsync(HubErrorKind.CacheNotWritable, Id, HubRig.Everything);
        Assert.StartsWith($"cannot write to the cache {_rig.Cache} (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("); set HF_HUB_CACHE to a folder that can be written to", error.Message, StringComparison.Ordinal);
    }
}
