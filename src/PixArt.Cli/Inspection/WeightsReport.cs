using PixArt.Conversion;
using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Cli.Inspection;

/// <summary>Tells what model weight files hold, and whether it is whole.</summary>
internal static class WeightsReport
{
    const int MostNames = 5;

    // What training loops note beside their weights.
    static readonly string[] s_counters = ["epoch", "step", "global_step"];

    /// <summary>The model in words, numbers, and what is missing or left over.</summary>
    /// <param name="files">One file, or all shards.</param>
    /// <param name="config">The configuration beside them, if there is one.</param>
    /// <param name="section">The part of a PyTorch checkpoint; null: its weights.</param>
    /// <exception cref="PixArtException">A file is damaged.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> files, ConfigJson? config = null, string? section = null)
    {
        using var source = section is null ? WeightsSource.OpenModel(files) : WeightsSource.OpenSection(files[0], section);
        try
        {
            var identity = WeightsIdentity.Of(source, config);
            List<string> lines = [.. identity.Facts, WeightsSummary.Of(source, identity.Parameters), .. Checkpoint(source)];
            if (identity.Missing.Count > 0) lines.Add($"missing: {Some(identity.Missing)}");
            if (identity.LeftOver.Count > 0) lines.Add($"left over: {Some(identity.LeftOver)}");
            return lines;
        }
        catch (PixArtException error)
        {
            // It has a mark of a model, but not what tells the model's shape.
            return [$"not a whole model: {error.Message}", WeightsSummary.Of(source, parameters: 0), .. Checkpoint(source)];
        }
    }

    static IEnumerable<string> Checkpoint(WeightsSource source)
    {
        if (source.Files is not [PickleFile file]) yield break;
        if (file.Sections.Count > 1) yield return $"parts: {string.Join(", ", file.Sections)} (--section NAME shows another)";
        var counters = s_counters.Where(file.Metadata.ContainsKey).Select(name => $"{name} {file.Metadata[name]}").ToArray();
        if (counters.Length > 0) yield return $"training: {string.Join(", ", counters)}";
    }

    static string Some(IReadOnlyList<string> all) =>
        string.Join("; ", all.Take(MostNames)) + (all.Count > MostNames ? $"; and {all.Count - MostNames} more" : "");
}
