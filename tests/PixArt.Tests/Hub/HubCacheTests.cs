using PixArt.Hub;
using PixArt.TestKit.Hub;

namespace PixArt.Tests.Hub;

public sealed class HubCacheTests : IDisposable
{
    readonly HubRig _rig = new();
    readonly FakeRepository _repository;

    public HubCacheTests() => _repository = SampleRepository.AddTo(_rig.Hub);

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task The_cache_is_to_the_byte_what_Python_leaves()
    {
        await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        await _rig.DownloadAsync($"{SampleRepository.Id}@{SampleRepository.Tag}", new() { Files = ["config.json"] });
        await _rig.DownloadAsync($"{SampleRepository.Id}@{SampleRepository.Request}", new() { Files = ["config.json"] });
        await _rig.FailsAsync(HubErrorKind.FileNotFound, SampleRepository.Id, new() { Files = [SampleRepository.Absent] });
        var expected = File.ReadAllLines(OwnData.Path("hub/cache-of-python.txt")).Where(line => line.Length > 0);
        Assert.Equal(expected, CacheListing.Of(_rig.Cache), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_second_time_only_the_branch_is_asked_for()
    {
        var first = await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        _rig.Requests();
        var again = await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        Assert.Equal($"/api/models/{SampleRepository.Id}/revision/main", Assert.Single(_rig.Requests()).Path);
        Assert.Equal((first.Folder, first.Commit), (again.Folder, again.Commit));
        await _rig.DownloadAsync($"{SampleRepository.Id}@{first.Commit}", HubRig.Everything);
        Assert.Empty(_rig.Requests());
    }

    [Fact]
    public async Task A_new_commit_brings_what_changed_alone()
    {
        var first = await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        _repository.Add("config.json", "{\"in_channels\": 8}\n");
        _rig.Requests();
        var second = await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        Assert.False(first.Commit == second.Commit);
        Assert.Single(_rig.Requests(), r => r.Path.Contains("/resolve/", StringComparison.Ordinal));
        HubRig.AssertSame(_repository, second);
        Assert.Equal("{\"in_channels\": 4}\n", File.ReadAllText(Path.Combine(first.Folder, "config.json")));
    }

    [Fact]
    public async Task Without_links_the_snapshot_holds_the_files()
    {
        _rig.Settings = _rig.Settings with { Symlinks = false };
        var snapshot = await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        Assert.All(_repository.Files.Keys, file => Assert.Null(new FileInfo(Path.Combine(snapshot.Folder, file)).LinkTarget));
        HubRig.AssertSame(_repository, snapshot);
        Assert.Equal(_repository.Files.Values.Sum(f => f.Length), snapshot.Bytes);
    }

    [Fact]
    public async Task A_link_whose_blob_is_gone_is_made_whole()
    {
        await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        File.Delete(Path.Combine(_rig.Cache, "models--someone--small-model", "blobs", _repository.Etag("sub/notes.txt")));
        using var client = new HubClient(_rig.Settings);
        Assert.Null(client.Find(HubId.Parse(SampleRepository.Id), HubRig.Everything));
        HubRig.AssertSame(_repository, await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything));
    }

    [Fact]
    public async Task What_is_in_the_cache_is_listed_with_its_size()
    {
        using var client = new HubClient(_rig.Settings);
        Assert.Empty(client.Cached());
        await _rig.DownloadAsync(SampleRepository.Id, HubRig.Everything);
        Assert.Equal([SampleRepository.Id], client.Cached().Select(id => id.Repository), StringComparer.Ordinal);
        Assert.Equal(_repository.Files.Where(f => f.Key != "copy.bin").Sum(f => f.Value.Length), client.BytesOnDisk(HubId.Parse(SampleRepository.Id)));
    }

    [Fact]
    public async Task A_lock_whose_file_lost_its_name_excludes_nobody_and_is_not_taken_for_one()
    {
        var path = Path.Combine(_rig.Cache, "x.lock");
        var first = await HubLock.TakeAsync(path, () => { }, CancellationToken.None);
        File.Delete(path);
        using var second = await HubLock.TakeAsync(path, () => { }, CancellationToken.None);
        await first.DisposeAsync();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var waited = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HubLock.TakeAsync(path, () => waited++, stop.Token));
        Assert.Equal(1, waited);
    }
}
