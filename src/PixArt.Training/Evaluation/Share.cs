using System.Globalization;
using System.Runtime.InteropServices;

namespace PixArt.Training.Evaluation;

/// <summary>How many of how many.</summary>
/// <param name="Right">Right ones.</param>
/// <param name="Total">All.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Share(int Right, int Total)
{
    /// <summary>The right ones in percent; NaN where there are none at all.</summary>
    public double Percent => Total == 0 ? double.NaN : 100.0 * Right / Total;

    /// <summary>Counts the true among those that are not null.</summary>
    public static Share Of(IEnumerable<bool?> marks)
    {
        var (right, total) = (0, 0);
        foreach (var mark in marks)
            (right, total) = (right + (mark is true ? 1 : 0), total + (mark is null ? 0 : 1));
        return new Share(right, total);
    }

    /// <inheritdoc/>
    public override string ToString() => Total == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Percent:F1} % ({Right} of {Total})");
}
