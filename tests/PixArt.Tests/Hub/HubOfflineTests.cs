using PixArt.Hub;
using PixArt.TestKit.Hub;

namespace PixArt.Tests.Hub;

public sealed class HubOfflineTests : IDisposable
{
    const string Id = SampleRepository.Id;

    readonly HubRig _rig = new();
    readonly FakeRepository _repository;

    public HubOfflineTests() => _repository = SampleRepository.AddTo(_rig.Hub);

    public void Dispose() => _rig.Dispose();

    void GoOffline() => _rig.Settings = _rig.Settings with { Offline = true };

    [Fact]
    public async Task Offline_the_cache_serves_and_nothing_is_asked()
    {
        var first = await _rig.DownloadAsync(Id, HubRig.Everything);
        _rig.Requests();
        GoOffline();
        var again = await _rig.DownloadAsync(Id, HubRig.Everything);
        Assert.Equal(first.Folder, again.Folder);
        Assert.Null(again.Unasked);
        Assert.Empty(_rig.Requests());
    }

    [Fact]
    public async Task Offline_a_model_that_is_not_in_the_cache_is_told()
    {
        GoOffline();
        var error = await _rig.FailsAsync(HubErrorKind.NotInCache, Id, HubRig.Everything);
        Assert.Equal($"{Id} is not in the cache {_rig.Cache}, and HF_HUB_OFFLINE forbids to download it; run this once with HF_HUB_OFFLINE=0", error.Message);
        Assert.Empty(_rig.Requests());
    }

    [Fact]
    public async Task Offline_a_part_of_a_model_is_told_to_be_one()
    {
        await _rig.DownloadAsync(Id, new() { Files = ["config.json"] });
        GoOffline();
        var error = await _rig.FailsAsync(HubErrorKind.NotInCache, Id, HubRig.Everything);
        Assert.StartsWith($"{Id} is not whole in the cache", error.Message, StringComparison.Ordinal);
        Assert.Equal(["config.json"], (await _rig.DownloadAsync(Id, new() { Files = ["config.json"] })).Files, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(401)]
    public async Task A_hub_that_refuses_leaves_the_cache(int status)
    {
        var first = await _rig.DownloadAsync(Id, HubRig.Everything);
        _rig.Hub.Fault = (_, _) => FakeAnswer.Error(status);
        var again = await _rig.DownloadAsync(Id, HubRig.Everything);
        Assert.Equal(first.Folder, again.Folder);
        Assert.NotNull(again.Unasked);
        Assert.Empty(_rig.Pauses);
    }

    [Fact]
    public async Task A_hub_that_is_gone_leaves_the_cache()
    {
        var first = await _rig.DownloadAsync(Id, HubRig.Everything);
        _rig.Hub.Dispose();
        var again = await _rig.DownloadAsync(Id, HubRig.Everything);
        Assert.Equal((first.Folder, HubErrorKind.Unreachable), (again.Folder, again.Unasked?.Kind));
    }

    [Fact]
    public async Task A_revision_that_the_hub_no_longer_has_is_told_all_the_same()
    {
        await _rig.DownloadAsync($"{Id}@{SampleRepository.Tag}", HubRig.Everything);
        _repository.Revisions.Clear();
        await _rig.FailsAsync(HubErrorKind.RevisionNotFound, $"{Id}@{SampleRepository.Tag}", HubRig.Everything);
    }

    [Fact]
    public async Task A_cache_that_older_Pythons_wrote_has_no_listings_and_serves()
    {
        var first = await _rig.DownloadAsync(Id, HubRig.Everything);
        Directory.Delete(Path.Combine(_rig.Cache, "models--someone--small-model", "trees"), recursive: true);
        GoOffline();
        Assert.Equal(first.Files, (await _rig.DownloadAsync(Id, HubRig.Everything)).Files, StringComparer.Ordinal);
    }
}
