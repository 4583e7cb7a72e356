using System.Globalization;

namespace PixArt.Training.Features;

/// <summary>Which samples of a cache hold another sample's picture because their own is broken: lines "index source" in a text
/// file. A line stands there before its latents do; one that comes twice says the same.</summary>
static class LatentCacheSources
{
    const string FileName = "replaced.txt";

    /// <summary>Adds the samples whose source is another one.</summary>
    public static void Append(string folder, IEnumerable<(long Index, long Source)> samples)
    {
        var lines = samples.Where(sample => sample.Index != sample.Source)
            .Select(sample => string.Create(CultureInfo.InvariantCulture, $"{sample.Index} {sample.Source}\n")).ToArray();
        if (lines.Length > 0) File.AppendAllText(Path.Combine(folder, FileName), string.Concat(lines));
    }

    /// <summary>Sources by index.</summary>
    public static Dictionary<long, long> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var sources = new Dictionary<long, long>();
        if (!File.Exists(path)) return sources;
        foreach (var line in File.ReadLines(path))
            if (line.Split(' ') is [var index, var source] && long.TryParse(index, CultureInfo.InvariantCulture, out var from)
                && long.TryParse(source, CultureInfo.InvariantCulture, out var to)) sources[from] = to;
        return sources;
    }
}
