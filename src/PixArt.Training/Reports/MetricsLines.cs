using System.Text.Json;

namespace PixArt.Training.Reports;

/// <summary>Reads a run's <c>metrics.jsonl</c> as curves over steps.</summary>
static class MetricsLines
{
    /// <summary>Points by name, in the file's order. A last line that is being written is left out.</summary>
    public static Dictionary<string, List<(double X, double Y)>> Read(string path)
    {
        var curves = new Dictionary<string, List<(double X, double Y)>>(StringComparer.Ordinal);
        if (!File.Exists(path)) return curves;
        // The trainer holds the file open for appending.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                var step = json.RootElement.GetProperty("step").GetDouble();
                foreach (var field in json.RootElement.EnumerateObject())
                {
                    if (field.Value.ValueKind != JsonValueKind.Number || field.NameEquals("step")) continue;
                    if (!curves.TryGetValue(field.Name, out var points)) curves[field.Name] = points = [];
                    points.Add((step, field.Value.GetDouble()));
                }
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                break;
            }
        }

        return curves;
    }
}
