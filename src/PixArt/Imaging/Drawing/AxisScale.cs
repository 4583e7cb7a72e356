using System.Globalization;

namespace PixArt.Imaging.Drawing;

/// <summary>Maps values to positions 0 to 1 along an axis and chooses its ticks.</summary>
sealed class AxisScale
{
    readonly double _low;
    readonly double _high;
    readonly bool _log;

    AxisScale(double low, double high, bool log, IReadOnlyList<double> ticks)
    {
        (_low, _high, _log, Ticks) = (low, high, log, ticks);
    }

    /// <summary>Values that get a line and a label, ascending, all on the axis.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A linear axis; widened to ticks when <paramref name="round"/>.</summary>
    public static AxisScale Linear(double low, double high, int most, bool round)
    {
        if (!(high > low)) (low, high) = (low - Math.Max(0.5, Math.Abs(low) / 2), high + Math.Max(0.5, Math.Abs(high) / 2));
        var step = NiceStep((high - low) / Math.Max(1, most));
        if (round) (low, high) = (Math.Floor(low / step) * step, Math.Ceiling(high / step) * step);
        var (first, last) = (Math.Ceiling(low / step - 1e-9), Math.Floor(high / step + 1e-9));
        var ticks = new List<double>();
        for (var i = first; i <= last; i++) ticks.Add(i * step);
        return new AxisScale(low, high, log: false, ticks);
    }

    /// <summary>A logarithmic axis for positive values: decades, or within few of them also 2 and 5.</summary>
    public static AxisScale Log(double low, double high, int most)
    {
        if (!(high > low)) (low, high) = (low / 2, high * 2);
        var (first, last) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        var decades = Enumerable.Range(first, last - first + 1).ToArray();
        double[] all = [.. decades.SelectMany(d => (double[])[Ten(d), 2 * Ten(d), 5 * Ten(d)])];
        (low, high) = (all.Last(v => v <= low * (1 + 1e-9)), all.Append(10 * Ten(last)).First(v => v >= high * (1 - 1e-9)));
        var ticks = all.Where(v => v >= low && v <= high).ToArray();
        if (ticks.Length > most + 1)
        {
            var every = Math.Max(1, (int)Math.Ceiling((last - first) / (double)Math.Max(1, most)));
            ticks = [.. decades.Where(d => d % every == 0).Select(Ten).Where(v => v >= low && v <= high)];
        }

        return new AxisScale(Math.Log10(low), Math.Log10(high), log: true, ticks);
    }

    /// <summary>Where a value lies, 0 (low end) to 1 (high end); not finite for what a logarithm cannot take.</summary>
    public double Position(double value) => ((_log ? Math.Log10(value) : value) - _low) / (_high - _low);

    /// <summary>A short label: 0.25, 40, 12k, 1.5M, 1e-5.</summary>
    public static string Label(double value)
    {
        var size = Math.Abs(value);
        return size switch
        {
            0 => "0",
            >= 1e12 or < 1e-4 => Show(value, "0.###e0"),
            >= 1e9 => Show(value / 1e9, "0.###") + "G",
            >= 1e6 => Show(value / 1e6, "0.###") + "M",
            >= 1e4 => Show(value / 1e3, "0.###") + "k",
            _ => Show(value, "0.######"),
        };
    }

    static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    // Exact for the decades that occur, which Math.Pow is not.
    static double Ten(int exponent) => double.Parse($"1e{exponent}", CultureInfo.InvariantCulture);

    static double NiceStep(double step)
    {
        var decade = Math.Pow(10, Math.Floor(Math.Log10(step)));
        var leading = step / decade;
        return (leading <= 1.001 ? 1 : leading <= 2.001 ? 2 : leading <= 5.001 ? 5 : 10) * decade;
    }
}
