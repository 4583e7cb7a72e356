using System.Globalization;
using System.Security.Cryptography;

namespace PixArt.Training.Checkpoints;

/// <summary>The checkpoints of one run: folders <c>step-NNNNNNN</c>. Each is written beside its name, every file flushed, the
/// manifest with lengths and hashes last, then renamed. A process that dies anywhere leaves the older ones as they
/// were.</summary>
public sealed class CheckpointStore
{
    const string Prefix = "step-";
    readonly string _folder;
    readonly int _keep;
    readonly ICheckpointDisk _disk;

    /// <summary>Opens the store; nothing is written yet.</summary>
    /// <param name="folder">Where the checkpoints lie.</param>
    /// <param name="keep">How many of the newest are kept; at least 1.</param>
    public CheckpointStore(string folder, int keep) : this(folder, keep, PhysicalDisk.Instance)
    {
    }

    internal CheckpointStore(string folder, int keep, ICheckpointDisk disk)
    {
        if (keep < 1) throw new InvalidSettingException("checkpoint.keep", keep, "1 or more");
        (_folder, _keep, _disk) = (Path.GetFullPath(folder), keep, disk);
    }

    /// <summary>Saves a checkpoint, then removes old ones beyond the number to keep.</summary>
    /// <param name="step">Optimizer steps made; an existing checkpoint of that step is replaced.</param>
    /// <param name="files">What writes each file, by name.</param>
    /// <exception cref="PixArtException">The disk is full or the folder cannot be written to.</exception>
    public Checkpoint Save(long step, IReadOnlyDictionary<string, Action<Stream>> files)
    {
        var final = Path.Combine(_folder, Prefix + step.ToString("D7", CultureInfo.InvariantCulture));
        var temporary = $"{final}.tmp-{Environment.ProcessId}";
        try
        {
            _disk.CreateFolder(_folder);
            if (Directory.Exists(temporary)) _disk.DeleteFolder(temporary);
            WriteOrLeaveNothing(temporary, step, files);
            if (Directory.Exists(final)) StepAside(final);
            _disk.Rename(temporary, final);
            _disk.FlushFolder(_folder);
            Purge(final);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PixArtException($"cannot save the checkpoint '{final}': {e.Message}", e);
        }

        return new(step, final);
    }

    /// <summary>The newest checkpoint whose files are all there and unchanged.</summary>
    /// <param name="warn">Is told about folders that were passed over.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="PixArtException">The newest was written by a newer version of this program.</exception>
    public Checkpoint? Latest(Action<string>? warn = null)
    {
        // A folder that was not renamed yet is as good as one that was, if its manifest says that it is whole.
        foreach (var (step, folder) in Folders().OrderByDescending(f => f.Step).ThenBy(f => f.Folder.Length))
        {
            if (Fault(folder) is not { } fault) return new(step, folder);
            warn?.Invoke($"checkpoint '{folder}' is passed over: {fault}");
        }

        return null;
    }

    /// <summary>The checkpoint in a folder of the store, whose files are not looked at; null when there is no such folder.</summary>
    internal Checkpoint? Named(string name) => Folders().Where(f => string.Equals(Path.GetFileName(f.Folder), name, StringComparison.Ordinal))
        .Select(f => new Checkpoint(f.Step, f.Folder)).FirstOrDefault();

    // Half a checkpoint would take the room that the next attempt needs, which may be another process's.
    void WriteOrLeaveNothing(string temporary, long step, IReadOnlyDictionary<string, Action<Stream>> files)
    {
        try
        {
            WriteAll(temporary, step, files);
        }
        catch
        {
            try
            {
                if (Directory.Exists(temporary)) _disk.DeleteFolder(temporary);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What went wrong is being told already; the next checkpoint that is whole removes what is left.
            }

            throw;
        }
    }

    void WriteAll(string temporary, long step, IReadOnlyDictionary<string, Action<Stream>> files)
    {
        _disk.CreateFolder(temporary);
        var manifest = new CheckpointManifest { Step = step };
        foreach (var (name, write) in files)
        {
            _disk.Write(Path.Combine(temporary, name), stream =>
            {
                using var hashing = new HashingStream(stream);
                write(hashing);
                manifest.Files[name] = hashing.Finish();
            });
        }

        _disk.Write(Path.Combine(temporary, CheckpointManifest.FileName), stream => stream.Write(manifest.ToJson()));
        _disk.FlushFolder(temporary);
    }

    void StepAside(string final)
    {
        var aside = $"{final}.old-{Environment.ProcessId}";
        if (Directory.Exists(aside)) _disk.DeleteFolder(aside);
        _disk.Rename(final, aside);
    }

    void Purge(string newest)
    {
        // Nothing goes before the newest has been read back: what is old may be the only good one.
        if (Fault(newest) is not null) return;
        var old = Folders().Where(f => !string.Equals(f.Folder, newest, StringComparison.Ordinal)).ToArray();
        var whole = old.Where(f => !Path.GetFileName(f.Folder).Contains('.', StringComparison.Ordinal))
            .OrderByDescending(f => f.Step).Take(_keep - 1).Select(f => f.Folder).ToHashSet(StringComparer.Ordinal);
        foreach (var (_, folder) in old)
            if (!whole.Contains(folder)) _disk.DeleteFolder(folder);
    }

    IEnumerable<(long Step, string Folder)> Folders()
    {
        if (!Directory.Exists(_folder)) yield break;
        foreach (var folder in Directory.GetDirectories(_folder, Prefix + "*"))
        {
            var number = Path.GetFileName(folder)[Prefix.Length..].Split('.')[0];
            if (long.TryParse(number, CultureInfo.InvariantCulture, out var step)) yield return (step, folder);
        }
    }

    static string? Fault(string folder)
    {
        if (CheckpointManifest.Read(folder) is not { } manifest) return "it has no valid manifest";
        if (manifest.FormatVersion > CheckpointManifest.CurrentVersion)
            throw new PixArtException(
                $"checkpoint '{folder}' has format version {manifest.FormatVersion}; this program reads up to {CheckpointManifest.CurrentVersion}");
        return manifest.Files.Select(file => Fault(Path.Combine(folder, file.Key), file.Value)).FirstOrDefault(f => f is not null);
    }

    static string? Fault(string path, CheckpointFile expected)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length != expected.Length)
                return $"{Path.GetFileName(path)} has {stream.Length} bytes, expected {expected.Length}";
            var hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            return string.Equals(hash, expected.Sha256, StringComparison.Ordinal) ? null : $"{Path.GetFileName(path)} was changed";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
