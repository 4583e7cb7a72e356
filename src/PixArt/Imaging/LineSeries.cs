namespace PixArt.Imaging;

/// <summary>A curve of a <see cref="LineChart"/>.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points in the order to join them; one that is not finite breaks the line.</param>
public sealed record LineSeries(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Its colour; null takes the next of the chart's palette.</summary>
    public Rgb? Color { get; init; }

    /// <summary>
    /// 0 draws the points as they are; up to (not including) 1, also their exponential moving average with this weight on
    /// the past, strong, over the pale points.
    /// </summary>
    public double Smoothing
    {
        get;
        init => field = value is >= 0 and < 1
            ? value
            : throw new InvalidSettingException(nameof(Smoothing), value, "0 to below 1");
    }
}
