using System.Globalization;
using PixArt.Weights;
using PixArt.Weights.PyTorch;

namespace PixArt.Cli.Inspection;

/// <summary>Tells what weight files hold.</summary>
internal static class WeightsSummary
{
    /// <summary>`57 tensors, 1.2 M parameters, F32; 4.8 MiB`.</summary>
    /// <param name="source">The files.</param>
    /// <param name="parameters">How many of the numbers are a model's parameters; 0: all.</param>
    public static string Of(WeightsSource source, long parameters)
    {
        var tensors = source.Files.SelectMany(file => file.Tensors.Values).ToList();
        var types = string.Join(", ", tensors.GroupBy(t => t.TypeName, StringComparer.Ordinal).OrderByDescending(g => g.Count()).Select(g => g.Key));
        var shards = source.Files.Count > 1 ? $" in {source.Files.Count} files" : "";
        return $"{tensors.Count} tensors{shards}, {Count(parameters > 0 ? parameters : tensors.Sum(t => t.Count))} parameters, {types}; {Size(source.Files.Sum(f => f.Length))}";
    }

    /// <summary>A line for each tensor: name, type, shape.</summary>
    /// <param name="file">The file.</param>
    /// <param name="section">The part of a PyTorch checkpoint; null: its weights.</param>
    public static IEnumerable<string> Lines(string file, string? section = null)
    {
        using var open = section is null ? WeightsFile.Open(file) : PickleFile.Open(file, section);
        List<StoredTensor> tensors = [.. open.Tensors.Values];
        var width = tensors.Count == 0 ? 0 : Math.Min(tensors.Max(t => t.Name.Length), 80);
        return tensors.ConvertAll(t => $"{t.Name.PadRight(width)}  {t.TypeName,-5} {t.ShapeText}");
    }

    internal static string Count(long number) => number switch
    {
        >= 1_000_000_000 => Text(number / 1e9, " G"),
        >= 1_000_000 => Text(number / 1e6, " M"),
        >= 1_000 => Text(number / 1e3, " k"),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    internal static string Size(long bytes) => bytes switch
    {
        >= 1 << 30 => Text(bytes / (double)(1 << 30), " GiB"),
        >= 1 << 20 => Text(bytes / (double)(1 << 20), " MiB"),
        _ => Text(bytes / 1024.0, " KiB"),
    };

    static string Text(double value, string unit) => value.ToString("0.0", CultureInfo.InvariantCulture) + unit;
}
