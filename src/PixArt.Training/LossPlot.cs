using System.Text.Json;
using PixArt.Imaging;

namespace PixArt.Training;

/// <summary>Draws the loss from a run's metrics.</summary>
static class LossPlot
{
    const double Smoothing = 0.9;

    /// <summary>Redraws the plot; null when there is nothing to draw yet.</summary>
    /// <param name="metrics">The JSON lines.</param>
    /// <param name="path">The PNG.</param>
    public static string? Draw(string metrics, string path)
    {
        var points = Read(metrics);
        if (points.Count < 2) return null;
        LineChart.Render(
            [new LineSeries("loss", points) { Smoothing = Smoothing }],
            new LineChartOptions { Title = "Training loss", XLabel = "step", YLabel = "loss", LogY = true }).Save(path);
        return path;
    }

    static List<(double X, double Y)> Read(string metrics)
    {
        var points = new List<(double X, double Y)>();
        // The trainer holds the file open for appending.
        using var stream = new FileStream(metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            points.Add((json.RootElement.GetProperty("step").GetDouble(), json.RootElement.GetProperty("loss").GetDouble()));
        }

        return points;
    }
}
