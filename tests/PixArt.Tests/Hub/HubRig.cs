using PixArt.Hub;
using PixArt.TestKit.Hub;

namespace PixArt.Tests.Hub;

/// <summary>A fake hub, a cache that goes away, and a client's settings that wait for nothing but remember every pause.</summary>
sealed class HubRig : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public HubRig() => Settings = new HubSettings
    {
        Endpoint = new Uri(Hub.Endpoint),
        CacheFolder = _folder["hub"],
        Pause = (pause, cancellation) =>
        {
            Pauses.Add(pause);
            return cancellation.IsCancellationRequested ? Task.FromCanceled(cancellation) : Task.CompletedTask;
        },
    };

    public FakeHub Hub { get; } = new();

    public HubSettings Settings { get; set; }

    public List<TimeSpan> Pauses { get; } = [];

    public string Cache => Settings.CacheFolder;

    /// <summary>Requests since the last call.</summary>
    public IReadOnlyList<FakeRequest> Requests()
    {
        var requests = Hub.Requests.ToArray();
        Hub.Requests.Clear();
        return requests;
    }

    public async Task<HubSnapshot> DownloadAsync(
        string id, HubRequest? request = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var client = new HubClient(Settings);
        return await client.DownloadAsync(HubId.Parse(id), request, progress, cancellation);
    }

    public async Task<HubException> FailsAsync(HubErrorKind kind, string id, HubRequest? request = null)
    {
        var error = await Assert.ThrowsAsync<HubException>(() => DownloadAsync(id, request));
        Assert.Equal(kind, error.Kind);
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }

    public static HubRequest Everything { get; } = new() { Files = ["*"] };

    /// <summary>Whether a snapshot holds what the hub has.</summary>
    public static void AssertSame(FakeRepository repository, HubSnapshot snapshot)
    {
        foreach (var (path, content) in repository.Files.Where(file => snapshot.Files.Contains(file.Key, StringComparer.Ordinal)))
            Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(snapshot.Folder, path))), path);
    }

    public void Dispose()
    {
        Hub.Dispose();
        _folder.Dispose();
    }
}
