using PixArt.Weights;

namespace PixArt.Hub;

/// <summary>One model in the cache, laid out as <c>huggingface_hub</c> lays it out: <c>blobs/</c> named by content,
/// <c>snapshots/COMMIT/</c> with links to them, <c>refs/</c> from branches and tags to commits, <c>.no_exist/</c> for files that are
/// known to be missing, <c>trees/</c> for listings, and locks in the cache's own <c>.locks/</c>.</summary>
/// <param name="settings">Where the cache is.</param>
/// <param name="id">The model.</param>
sealed class HubCache(HubSettings settings, HubId id)
{
    const string Tag = "Signature: 8a477f597d28d172789f06886806bc55\n"
        + "# This file is a cache directory tag created by huggingface_hub.\n"
        + "# For information about cache directory tags, see:\n"
        + "#\thttps://bford.info/cachedir/\n";

    /// <summary>The model's folder.</summary>
    public string Folder { get; } = Path.Combine(settings.CacheFolder, FolderName(id));

    /// <summary>The folder of a commit's files.</summary>
    public string Snapshot(string commit) => Path.Combine(Folder, "snapshots", commit);

    /// <summary>A file of a commit: a link to its blob.</summary>
    public string Pointer(string commit, string file) => Path.Combine(Snapshot(commit), file);

    /// <summary>A content.</summary>
    public string Blob(string etag) => Path.Combine(Folder, "blobs", etag);

    /// <summary>A content of which only the first part has arrived.</summary>
    public string Incomplete(string etag) => Blob(etag) + ".incomplete";

    /// <summary>The listing of a commit.</summary>
    public string Tree(string commit) => Path.Combine(Folder, "trees", commit + ".json");

    /// <summary>The commit that a branch or tag had when the hub was last asked; null when it never was.</summary>
    public string? Reference(string revision)
    {
        if (HubId.IsCommit(revision)) return revision;
        var path = Path.Combine(Folder, "refs", revision);
        return File.Exists(path) && File.ReadAllText(path).Trim() is { } commit && HubId.IsCommit(commit) ? commit : null;
    }

    /// <summary>Remembers the commit of a branch or tag.</summary>
    public void SetReference(string revision, string commit)
    {
        if (HubId.IsCommit(revision) || string.Equals(Reference(revision), commit, StringComparison.Ordinal)) return;
        AtomicFile.WriteText(Path.Combine(Folder, "refs", revision), commit);
    }

    /// <summary>Makes the folders, and tells backup programs that a cache is here.</summary>
    public void Prepare(string commit)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "blobs"));
        Directory.CreateDirectory(Snapshot(commit));
        var tag = Path.Combine(settings.CacheFolder, "CACHEDIR.TAG");
        if (!File.Exists(tag)) AtomicFile.WriteText(tag, Tag);
    }

    /// <summary>Remembers that a commit has no file of that name.</summary>
    public void SetMissing(string commit, string file)
    {
        var path = Path.Combine(Folder, ".no_exist", commit, file);
        if (!File.Exists(path)) AtomicFile.Write(path, []);
    }

    /// <summary>Waits for the lock of a content, which Python's processes wait for too.</summary>
    /// <param name="etag">The content.</param>
    /// <param name="waits">Called once if another process has it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<FileStream> LockAsync(string etag, Action waits, CancellationToken cancellation) =>
        HubLock.TakeAsync(Path.Combine(settings.CacheFolder, ".locks", FolderName(id), etag + ".lock"), waits, cancellation);

    /// <summary>Makes a commit's file point to its blob.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file.</param>
    /// <param name="etag">The content.</param>
    /// <param name="isNew">Whether no other file can point to the blob yet: without links it is moved, not copied.</param>
    public void Link(string commit, string file, string etag, bool isNew)
    {
        var (pointer, blob) = (Pointer(commit, file), Blob(etag));
        if (IsThere(pointer)) return;
        Directory.CreateDirectory(Path.GetDirectoryName(pointer)!);
        File.Delete(pointer); // A link whose blob is gone.
        if (settings.Symlinks && TryLink(pointer, Path.GetRelativePath(Path.GetDirectoryName(pointer)!, blob))) return;
        if (isNew) File.Move(blob, pointer);
        else File.Copy(blob, pointer);
    }

    /// <summary>Names of a commit's files that are on disk, with <c>/</c>.</summary>
    public IReadOnlyList<string> FilesOf(string commit)
    {
        var folder = Snapshot(commit);
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsThere)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];
    }

    /// <summary>Whether there is a file: a link whose blob is gone is none.</summary>
    public static bool IsThere(string path) => Target(path) is not null;

    /// <summary>Length in bytes of a file or of what a link points to; 0 when there is nothing.</summary>
    public static long LengthOf(string path) => Target(path)?.Length ?? 0;

    static FileInfo? Target(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        return file is { Exists: true } ? file : null;
    }

    static string FolderName(HubId id) => $"models--{id.Owner}--{id.Name}";

    static bool TryLink(string pointer, string target)
    {
        try
        {
            File.CreateSymbolicLink(pointer, target);
            return true;
        }
        catch (IOException) when (IsThere(pointer))
        {
            return true; // Another process was faster.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
