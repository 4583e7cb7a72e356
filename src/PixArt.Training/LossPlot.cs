using PixArt.Imaging;
using PixArt.Training.Reports;

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
        if (!MetricsLines.Read(metrics).TryGetValue("loss", out var points) || points.Count < 2) return null;
        LineChart.Render(
            [new LineSeries("loss", points) { Smoothing = Smoothing }],
            new LineChartOptions { Title = "Training loss", XLabel = "step", YLabel = "loss", LogY = true }).Save(path);
        return path;
    }
}
