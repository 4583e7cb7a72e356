using PixArt.Weights;

namespace PixArt.Hub;

/// <summary>Models of the hub, in the cache that Python's <c>huggingface_hub</c> shares. What is in the cache already is not
/// downloaded again; a download that was interrupted goes on where it stopped.</summary>
/// <example><code>
/// using var hub = new HubClient();
/// var model = await hub.DownloadAsync(HubId.Parse("PixArt-alpha/PixArt-Sigma-XL-2-1024-MS"));
/// Console.WriteLine(model.Folder);
/// </code></example>
public sealed class HubClient : IDisposable
{
    readonly HubSettings _settings;
    readonly HubHttp _http;
    readonly HubApi _api;

    /// <summary>Takes settings; nothing is asked or written yet.</summary>
    /// <param name="settings">Where and who; null: what the environment says.</param>
    /// <exception cref="InvalidSettingException">A setting cannot be used.</exception>
    public HubClient(HubSettings? settings = null)
    {
        _settings = (settings ?? HubSettings.FromEnvironment()).Validated();
        _http = new HubHttp(_settings);
        _api = new HubApi(_settings, _http);
    }

    /// <summary>Makes a model's files be on disk. A branch or tag is looked up anew; where the hub cannot be asked, what is in the
    /// cache serves if it is whole (<see cref="HubSnapshot.Unasked"/> says so).</summary>
    /// <param name="id">The model.</param>
    /// <param name="request">Which files; null: those that a pipeline reads.</param>
    /// <param name="progress">Told of every piece that arrives.</param>
    /// <param name="cancellation">Ends the work; what has arrived is kept.</param>
    /// <exception cref="HubException">The files cannot be had; the message says what to do.</exception>
    /// <exception cref="WeightsException">An index in the repository is not valid.</exception>
    public async Task<HubSnapshot> DownloadAsync(
        HubId id, HubRequest? request = null, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        request ??= new HubRequest();
        var problem = new HubProblem(_settings, id);
        var known = Find(id, request);
        if (known is not null && (_settings.Offline || id.IsPinned)) return known;
        if (_settings.Offline) throw problem.NotCached(new HubCache(_settings, id).Reference(id.Revision) is { } old && Directory.Exists(new HubCache(_settings, id).Snapshot(old)));

        var tally = new HubTally(progress);
        var (commit, license) = (id.Revision, (string?)null);
        try
        {
            if (!id.IsPinned) (commit, license) = await _api.CommitAsync(id, patient: known is null, tally.Wait, cancellation).ConfigureAwait(false);
        }
        catch (HubException e) when (known is not null && e.Kind != HubErrorKind.RevisionNotFound)
        {
            return known with { Unasked = e };
        }

        try
        {
            return await FetchAsync(id, commit, request, tally, cancellation).ConfigureAwait(false) with { License = license ?? ModelCard.License(new HubCache(_settings, id).Snapshot(commit)) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || e is PixArtException { InnerException: IOException or UnauthorizedAccessException } and not HubException)
        {
            throw (e as IOException ?? e.InnerException) is IOException io && DiskSpace.IsFull(io) ? problem.Full(null, null, e) : problem.NotWritable(e);
        }
    }

    /// <summary>A model that is whole in the cache, without asking the hub; null when it is not.</summary>
    /// <param name="id">The model; a branch or tag means what it meant when the hub was last asked.</param>
    /// <param name="request">Which files; null: those that a pipeline reads.</param>
    public HubSnapshot? Find(HubId id, HubRequest? request = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        var cache = new HubCache(_settings, id);
        if (cache.Reference(id.Revision) is not { } commit || !Directory.Exists(cache.Snapshot(commit))) return null;
        var tree = HubTree.Read(cache.Tree(commit));
        try
        {
            var needed = NeededFiles.Choose(tree?.Keys.ToArray() ?? cache.FilesOf(commit), request ?? new HubRequest(), file => OnDisk(cache, commit, file));
            // Without a listing, what is not on disk may still be on the hub.
            var whole = needed is { Unread: [], Absent: [] } && (tree is not null || needed.Lacking.Count == 0)
                && needed.Files.All(file => OnDisk(cache, commit, file) is not null);
            return whole ? new HubSnapshot(id, commit, cache.Snapshot(commit), needed!.Files) { License = ModelCard.License(cache.Snapshot(commit)) } : null;
        }
        catch (WeightsException)
        {
            return null;
        }
    }

    /// <summary>Models of which anything is in the cache, in order.</summary>
    public IReadOnlyList<HubId> Cached()
    {
        const string prefix = "models--";
        if (!Directory.Exists(_settings.CacheFolder)) return [];
        return [.. Directory.EnumerateDirectories(_settings.CacheFolder, prefix + "*").Select(folder => Path.GetFileName(folder)![prefix.Length..])
            .Select(name => HubId.TryParse(name.Replace("--", "/", StringComparison.Ordinal))).OfType<HubId>().OrderBy(id => id.Repository, StringComparer.Ordinal)];
    }

    /// <summary>Bytes that a model takes on disk, interrupted downloads and older states included.</summary>
    /// <param name="id">The model.</param>
    public long BytesOnDisk(HubId id)
    {
        var blobs = Path.Combine(new HubCache(_settings, id).Folder, "blobs");
        return Directory.Exists(blobs) ? new DirectoryInfo(blobs).EnumerateFiles().Sum(file => file.Length) : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    async Task<HubSnapshot> FetchAsync(HubId id, string commit, HubRequest request, HubTally tally, CancellationToken cancellation)
    {
        var cache = new HubCache(_settings, id);
        var tree = HubTree.Read(cache.Tree(commit)) ?? await _api.TreeAsync(id, commit, tally.Wait, cancellation).ConfigureAwait(false);
        cache.Prepare(commit);
        cache.SetReference(id.Revision, commit);
        if (!File.Exists(cache.Tree(commit))) HubTree.Write(cache.Tree(commit), tree);

        var transfer = new FileTransfer(_settings, _http, _api, cache, tally);
        while (true)
        {
            var needed = NeededFiles.Choose(tree.Keys, request, file => OnDisk(cache, commit, file)) ?? throw new HubProblem(_settings, id).NoModel(tree.Keys, request.Adapter);
            if (needed.Absent.Count > 0) throw Absent(id, commit, cache, needed.Absent[0], tree.Keys);
            // Indexes first: they tell what else there is.
            string[] next = [.. (needed.Unread.Count > 0 ? needed.Unread : needed.Files).Where(file => OnDisk(cache, commit, file) is null)];
            if (next.Length == 0) return new HubSnapshot(id, commit, cache.Snapshot(commit), needed.Files);
            tally.Plan(next.Length, next.Sum(file => tree[file].Length));
            RequireSpace(id, cache, next.Select(file => tree[file]));
            await Parallel.ForEachAsync(
                next, new ParallelOptions { MaxDegreeOfParallelism = _settings.Parallel, CancellationToken = cancellation },
                async (file, stop) => await transfer.FetchAsync(id, commit, file, tree[file], stop).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }

    HubException Absent(HubId id, string commit, HubCache cache, string file, IReadOnlyCollection<string> names)
    {
        if (!file.AsSpan().ContainsAny('*', '?') && HubTree.IsPath(file)) cache.SetMissing(commit, file);
        return new HubProblem(_settings, id, file).NoFile(names);
    }

    void RequireSpace(HubId id, HubCache cache, IEnumerable<HubFile> files)
    {
        var needed = files.Where(file => !File.Exists(cache.Blob(file.Etag))).DistinctBy(file => file.Etag, StringComparer.Ordinal)
            .Sum(file => Math.Max(0, file.Length - HubCache.LengthOf(cache.Incomplete(file.Etag))));
        if (_settings.FreeBytes(_settings.CacheFolder) is { } free && needed > free) throw new HubProblem(_settings, id).Full(needed, free);
    }

    static string? OnDisk(HubCache cache, string commit, string file) => cache.Pointer(commit, file) is var path && HubCache.IsThere(path) ? path : null;
}
