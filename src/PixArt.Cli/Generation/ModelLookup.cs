using PixArt.Cli.Catalogue;
using PixArt.Hub;

namespace PixArt.Cli.Generation;

/// <summary>Finds a model: a folder by its path, then by its name among the models that came with the program, then a hub id.</summary>
internal static class ModelLookup
{
    public const string Default = "fluent-scenes";

    /// <param name="option">What was said, for messages.</param>
    /// <param name="name">A folder, a name or a hub id.</param>
    /// <returns>A folder that is there, or the hub id as it was given.</returns>
    /// <exception cref="InvalidSettingException">It is neither.</exception>
    public static string Find(string option, string name)
    {
        if (Directory.Exists(name)) return name;
        var shelves = Shelves().ToArray();
        if (name.Length > 0 && Path.GetFileName(name) == name)
        {
            foreach (var shelf in shelves)
            {
                var found = Path.Combine(shelf, name);
                if (Directory.Exists(found)) return found;
            }
        }
        if (HubPath.TryParse(name) is not null) return name;
        var known = Folders().Select(folder => Path.GetFileName(folder)!).ToArray();
        var choice = known.Length == 0 ? "a model folder" : $"a model folder, one of {string.Join(", ", known)}";
        throw new InvalidSettingException(option, name, $"{choice}, or a hub id such as owner/name (`pixart models` lists some)");
    }

    /// <summary>A model's folder, or that of one component; a hub id is downloaded.</summary>
    /// <param name="terminal">Shows the progress.</param>
    /// <param name="option">What was said, for messages.</param>
    /// <param name="name">A folder, a name or a hub id.</param>
    /// <param name="component">For example <c>vae</c>; null: the whole model.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="PixArtException">There is no such model, or it cannot be had.</exception>
    public static async Task<string> FolderAsync(Terminal terminal, string option, string name, string? component, CancellationToken cancellation)
    {
        var found = Find(option, name);
        return Directory.Exists(found) ? found : await DownloadAsync(terminal, HubPath.Parse(found), component, cancellation).ConfigureAwait(false);
    }

    /// <summary>What is on disk as it is named; of a hub id (<c>owner/name</c>, <c>owner/name:file</c>) the place after its download. Anything else is
    /// left to whoever opens it.</summary>
    /// <param name="terminal">Shows the progress.</param>
    /// <param name="name">A file, a folder or a hub id.</param>
    /// <param name="component">For example <c>vae</c>; null: the whole model.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="PixArtException">The hub does not have it, or it cannot be had.</exception>
    public static async Task<string> PlaceAsync(Terminal terminal, string name, string? component, CancellationToken cancellation)
    {
        if (Path.Exists(name) || HubPath.TryParse(name) is not { } path) return name;
        try
        {
            return await DownloadAsync(terminal, path, component, cancellation).ConfigureAwait(false);
        }
        catch (HubException e) when (e.Kind is HubErrorKind.RepositoryNotFound or HubErrorKind.Unreachable or HubErrorKind.NotInCache)
        {
            throw new HubException(e.Kind, $"there is no file or folder {name}, and as a hub id: {e.Message}", e);
        }
    }

    static async Task<string> DownloadAsync(Terminal terminal, HubPath path, string? component, CancellationToken cancellation)
    {
        var snapshot = await HubDownload.RunAsync(terminal, path.Id, path.Narrow(new HubRequest { Component = component }), cancellation).ConfigureAwait(false);
        return path.In(snapshot, component);
    }

    /// <summary>Folders of the models that came with the program.</summary>
    public static IReadOnlyList<string> Folders() =>
        [.. Shelves().SelectMany(Directory.GetDirectories).DistinctBy(Path.GetFileName, StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    // models/ of the current folder, then of every folder above the program.
    static IEnumerable<string> Shelves()
    {
        var here = Path.GetFullPath("models");
        if (Directory.Exists(here)) yield return here;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (models != here && Directory.Exists(models)) yield return models;
        }
    }
}
