using PixArt.Diffusion;
using PixArt.Hub;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>Turns the names of models into places on disk: a folder or file is taken as it is, a hub id through the cache.</summary>
/// <param name="options">Which files are preferred, which second expert, which hub.</param>
/// <param name="progress">Told of every piece that is downloaded.</param>
sealed class ModelSource(PipelineOptions options, IProgress<PipelineProgress>? progress) : IProgress<HubProgress>
{
    const string SecondExpert = "expert";

    static readonly HubRequest s_adapter = new() { Adapter = true };

    readonly Dictionary<PartName, string> _downloaded = [];
    readonly List<ModelLicense> _licenses = [];
    long _before, _bytes;

    /// <summary>What the cards of models that came by hub ids state.</summary>
    public IReadOnlyList<ModelLicense> Licenses => _licenses;

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

        located = await WithPartsAsync(located, weights, cancellation).ConfigureAwait(false);
        if (Path.Combine(folder, ExpertManifest.FileName) is var path && File.Exists(path))
        {
            var manifest = ExpertManifest.Read(path);
            if (!weights && manifest.Experts.Any(e => e.Kind is "lora" or "delta"))
            {
                weights = true;
                await FolderAsync("model", model, Whole(weights), cancellation).ConfigureAwait(false);
            }

            foreach (var (component, part) in PartPlaces.Named(manifest))
            {
                if (Path.Exists(Path.Combine(folder, part)) || HubPath.TryParse(part) is null) continue;
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
            located.Add(adapter with { Path = await PinnedAsync("adapter", adapter.Path, s_adapter, cancellation).ConfigureAwait(false) ?? adapter.Path });
        }

        return located;
    }

    // A ControlNet is fitted to the transformer by its weights' names and shapes, so it comes whole in any case.
    async Task<PipelineOptions> WithPartsAsync(PipelineOptions located, bool weights, CancellationToken cancellation) => located with
    {
        Decoder = await PinnedAsync("decoder", located.Decoder, Component("vae", weights), cancellation).ConfigureAwait(false),
        PreviewDecoder = await PinnedAsync("preview decoder", located.PreviewDecoder, Component("vae", weights), cancellation).ConfigureAwait(false),
        ControlModel = await PinnedAsync(
            "control model", located.ControlModel, Component(ControlLoading.ControlPart, weights: true) with { Optional = [ControlLoading.HedFile] }, cancellation).ConfigureAwait(false),
        HedModel = await PinnedAsync(
            "HED model", located.HedModel, Component(ControlLoading.HedPart, weights: true) with { Files = [ControlLoading.HedFile] }, cancellation).ConfigureAwait(false),
    };

    // What is on disk, or no hub id, stays as it is named.
    async Task<string?> PinnedAsync(string field, string? name, HubRequest request, CancellationToken cancellation) =>
        name is null || Path.Exists(name) || HubPath.TryParse(name) is null ? name
            : (await FolderAsync(field, name, request, cancellation).ConfigureAwait(false)).Name;

    async Task<(string Folder, string Name)> FolderAsync(string field, string name, HubRequest request, CancellationToken cancellation)
    {
        if (Directory.Exists(name)) return (name, name);
        var path = HubPath.TryParse(name)
            ?? throw new InvalidSettingException(field, name, "a model folder, or a hub id such as owner/name or owner/name@revision");
        using var hub = new HubClient(options.Hub);
        var snapshot = await DownloadAsync(hub, path.Id, path.Narrow(request), cancellation).ConfigureAwait(false);
        if (snapshot.License is { } license && !_licenses.Any(known => string.Equals(known.Model, path.Id.ToString(), StringComparison.Ordinal)))
            _licenses.Add(new(path.Id.ToString(), license));
        _before = _bytes;
        // A second expert stays in its model's folder, whose scheduler has to agree.
        var whole = request.Component is null || (string.Equals(field, SecondExpert, StringComparison.Ordinal) && File.Exists(Path.Combine(snapshot.Folder, ModelFolder.IndexName)));
        var place = path.In(snapshot, whole ? null : request.Component);
        var pinned = path.At(snapshot.Commit).ToString();
        (_downloaded[new(request.Component, name)], _downloaded[new(request.Component, pinned)]) = (place, place);
        return (place, pinned);
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
