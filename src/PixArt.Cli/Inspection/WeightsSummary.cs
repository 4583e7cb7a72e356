using System.Globalization;
using PixArt.Weights;

namespace PixArt.Cli.Inspection;

/// <summary>Tells what weight files hold.</summary>
internal static class WeightsSummary
{
    /// <summary>`57 tensors, 1.2 M parameters, F32; 4.8 MiB`.</summary>
    public static string Of(IReadOnlyList<string> files)
    {
        var tensors = files.SelectMany(TensorsOf).ToList();
        var types = string.Join(", ", tensors.GroupBy(t => t.TypeName, StringComparer.Ordinal).OrderByDescending(g => g.Count()).Select(g => g.Key));
        var shards = files.Count > 1 ? $" in {files.Count} files" : "";
        return $"{tensors.Count} tensors{shards}, {Count(tensors.Sum(Elements))} parameters, {types}; {Size(files.Sum(f => new FileInfo(f).Length))}";
    }

    /// <summary>A line for each tensor: name, type, shape.</summary>
    public static IEnumerable<string> Lines(string file)
    {
        var tensors = TensorsOf(file);
        var width = tensors.Count == 0 ? 0 : Math.Min(tensors.Max(t => t.Name.Length), 80);
        return tensors.Select(t => $"{t.Name.PadRight(width)}  {t.TypeName,-5} {t.ShapeText}");
    }

    static List<StoredTensor> TensorsOf(string file)
    {
        using var open = WeightsFile.Open(file);
        return [.. open.Tensors.Values];
    }

    static long Elements(StoredTensor tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);

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
