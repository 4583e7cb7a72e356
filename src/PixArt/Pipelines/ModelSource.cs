using PixArt.Diffusion;
using PixArt.Hub;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Turns the names of models into folders: a folder is taken as it is, a hub id through the cache.</summary>
/// <param name="options">Which files are preferred, which second expert, which hub.</param>
/// <param name="progress">Told of every piece that is downloaded.</param>
sealed class ModelSource(PipelineOptions options, IProgress<PipelineProgress>? progress) : IProgress<HubProgress>
{
    const string SecondExpert = "expert";

    static readonly HubRequest s_adapter = new() { Adapter = true };

    readonly Dictionary<PartName, string> _downloaded = [];
    long _before, _bytes;

    /// <summary>Reads a pipeline's configurations, from wherever its parts are.</summary>
    /// <param name="model">A folder or a hub id.</param>
    /// <param name="weights">Whether weights are downloaded too.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>What the folder says, and the options with every hub id at its commit.</returns>
    /// <exception cref="PixArtException">A name is neither, or the hub or a folder does not have what is needed.</exception>
    public async Task<(PipelineFolder Facts, PipelineOptions Options)> FindAsync(string model, bool weights, CancellationToken cancellation)
    {
        // Adapters are fitted to the weights: with them no check can do without.
        weights |= options.Adapters.Count > 0;
        var (folder, name) = await FolderAsync("model", model, Whole(weights), cancellation).ConfigureAwait(false);
        var located = options with { Adapters = await AdaptersAsync(cancellation).ConfigureAwait(false) };
        if (options.TransformerFolder is { } transformer)
        {
            var (_, pinned) = await FolderAsync("transformer", transformer, Component("transformer", weights), cancellation).ConfigureAwait(false);
            located = located with { TransformerFolder = pinned };
        }

        if (options.ExpertFolder is { } expert)
        {
            var (_, pinned) = await FolderAsync(SecondExpert, expert, Component("transformer", weights), cancellation).ConfigureAwait(false);
            located = located with { ExpertFolder = pinned };
        }

        if (Path.Combine(folder, ExpertManifest.FileName) is var path && File.Exists(path))
        {
            var manifest = ExpertManifest.Read(path);
            if (!weights && manifest.Experts.Any(e => e.Kind is "lora"))
            {
                weights = true;
                await FolderAsync("model", model, Whole(weights), cancellation).ConfigureAwait(false);
            }

            foreach (var (component, part) in PartPlaces.Named(manifest))
            {
                if (Path.Exists(Path.Combine(folder, part)) || HubId.TryParse(part) is null) continue;
                await FolderAsync(ExpertManifest.FileName, part, component is null ? s_adapter : Component(component, weights), cancellation).ConfigureAwait(false);
            }
        }

        if (_bytes > 0) progress?.Report(new(PipelineStage.Downloading, _bytes, _bytes));
        return (PipelineFolder.Read(folder, name, _downloaded, located.TransformerFolder), located);
    }

    /// <inheritdoc/>
    void IProgress<HubProgress>.Report(HubProgress value)
    {
        if (value.TotalBytes == 0) return;
        // More models may follow, and indexes name more files: only the last report says that all is there.
        _bytes = _before + value.TotalBytes;
        progress?.Report(new(PipelineStage.Downloading, Math.Min(_before + value.Bytes, _bytes - 1), _bytes));
    }

    HubRequest Whole(bool weights) => new() { Variant = options.Variant, ConfigurationOnly = !weights };

    HubRequest Component(string name, bool weights) => Whole(weights) with { Component = name };

    async Task<IReadOnlyList<AdapterChoice>> AdaptersAsync(CancellationToken cancellation)
    {
        var located = new List<AdapterChoice>();
        foreach (var adapter in options.Adapters)
        {
            var isId = !Path.Exists(adapter.Path) && HubId.TryParse(adapter.Path) is not null;
            located.Add(isId ? adapter with { Path = (await FolderAsync("adapter", adapter.Path, s_adapter, cancellation).ConfigureAwait(false)).Name } : adapter);
        }

        return located;
    }

    async Task<(string Folder, string Name)> FolderAsync(string field, string name, HubRequest request, CancellationToken cancellation)
    {
        if (Directory.Exists(name)) return (name, name);
        var id = HubId.TryParse(name)
            ?? throw new InvalidSettingException(field, name, "a model folder, or a hub id such as owner/name or owner/name@revision");
        using var hub = new HubClient(options.Hub);
        var snapshot = await DownloadAsync(hub, id, request, cancellation).ConfigureAwait(false);
        _before = _bytes;
        // A second expert stays in its model's folder, whose scheduler has to agree.
        var whole = request.Component is null || (string.Equals(field, SecondExpert, StringComparison.Ordinal) && File.Exists(Path.Combine(snapshot.Folder, ModelFolder.IndexName)));
        var inside = whole ? snapshot.Folder : Path.Combine(snapshot.Folder, request.Component!);
        var folder = Directory.Exists(inside) ? inside : snapshot.Folder;
        var pinned = id.At(snapshot.Commit).ToString();
        (_downloaded[new(request.Component, name)], _downloaded[new(request.Component, pinned)]) = (folder, folder);
        return (folder, pinned);
    }

    // A mistyped folder looks like a hub id as well.
    async Task<HubSnapshot> DownloadAsync(HubClient hub, HubId id, HubRequest request, CancellationToken cancellation)
    {
        try
        {
            return await hub.DownloadAsync(id, request, this, cancellation).ConfigureAwait(false);
        }
        catch (HubException e) when (e.Kind is HubErrorKind.RepositoryNotFound or HubErrorKind.Unreachable or HubErrorKind.NotInCache)
        {
            throw new HubException(e.Kind, $"there is no folder {id}, and as a hub id: {e.Message}", e);
        }
    }
}
