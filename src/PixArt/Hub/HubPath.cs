namespace PixArt.Hub;

/// <summary>A model on the hub, or one file of it: <c>owner/name</c>, <c>owner/name@revision</c>, and either with <c>:file</c> after it.</summary>
public sealed record HubPath
{
    HubPath(HubId id, string? file) => (Id, File) = (id, file);

    /// <summary>The model.</summary>
    public HubId Id { get; }

    /// <summary>The file's name in the repository, with <c>/</c>; null: what the repository has of the kind that is asked for.</summary>
    public string? File { get; }

    /// <summary>Reads a text; null when it is something else. Nothing after the colon is no file: <c>owner/name@revision:</c> is the model alone.</summary>
    /// <param name="text">The text.</param>
    public static HubPath? TryParse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (HubId.TryParse(colon < 0 ? text : text[..colon]) is not { } id) return null;
        if (colon < 0 || colon == text.Length - 1) return new(id, null);
        var file = text[(colon + 1)..];
        return HubTree.IsPath(file) ? new(id, file) : null;
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="InvalidSettingException">It is no such name.</exception>
    public static HubPath Parse(string text) => TryParse(text)
        ?? throw new InvalidSettingException("hub id", text, "owner/name, owner/name@revision or owner/name:file");

    /// <summary>The same at another revision.</summary>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <exception cref="InvalidSettingException">The text cannot be a revision.</exception>
    public HubPath At(string revision) => new(Id.At(revision), File);

    /// <summary>What has to be downloaded: the file, or else what is wanted of the repository.</summary>
    /// <param name="request">What is wanted where no file is named.</param>
    public HubRequest Narrow(HubRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (File is null) return request;
        var folder = File.LastIndexOf('/') is >= 0 and var slash ? File[..(slash + 1)] : "";
        // An adapter's settings lie beside its weights.
        return request with { Files = [File], Optional = request.Adapter ? [folder + "adapter_config.json"] : request.Optional };
    }

    /// <summary>Where it is in a snapshot: the file, or else the component's folder where there is one, or the snapshot's.</summary>
    /// <param name="snapshot">The model's files.</param>
    /// <param name="component">The component that is meant; null: the whole.</param>
    public string In(HubSnapshot snapshot, string? component = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (File is not null) return Path.Combine(snapshot.Folder, File);
        var inside = Path.Combine(snapshot.Folder, component ?? "");
        return Directory.Exists(inside) ? inside : snapshot.Folder;
    }

    /// <inheritdoc/>
    public override string ToString() => File is null ? Id.ToString() : $"{Id}:{File}";
}
