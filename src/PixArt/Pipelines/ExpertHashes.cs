using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>What a manifest says of an expert's files; looked at once, when the expert is first loaded, because whole files are read for it.</summary>
/// <param name="Source">The manifest, for messages.</param>
/// <param name="Expert">The expert's name.</param>
/// <param name="Own">SHA-256 of its weights; null: nothing is said.</param>
/// <param name="Files">Its weight files.</param>
/// <param name="Parent">SHA-256 of the transformer that it changes; null: nothing is said, or it changes none.</param>
/// <param name="ParentFiles">That transformer's files.</param>
sealed record ExpertHashes(string Source, string Expert, string? Own, IReadOnlyList<string> Files, string? Parent, IReadOnlyList<string> ParentFiles)
{
    int _checked;

    /// <summary>Compares.</summary>
    /// <exception cref="PixArtException">Files are not those that the manifest was written for.</exception>
    public void Require()
    {
        if (Interlocked.Exchange(ref _checked, 1) == 1) return;
        try
        {
            Same("sha256", Own, Files, "its weights have");
            Same("parent_sha256", Parent, ParentFiles, "the transformer that it changes has");
        }
        catch
        {
            _checked = 0;
            throw;
        }
    }

    void Same(string field, string? said, IReadOnlyList<string> files, string whose)
    {
        if (said is null || FileHash.Of(files) is var found && string.Equals(found, said, StringComparison.OrdinalIgnoreCase)) return;
        throw new InvalidSettingException($"{Source}: {field} of expert '{Expert}'", said, $"{found}, which {whose}: they are not the files that the manifest was written for");
    }
}
