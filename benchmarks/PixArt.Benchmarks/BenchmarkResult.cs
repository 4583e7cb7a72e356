using System.Globalization;

namespace PixArt.Benchmarks;

/// <summary>What one case measured, in its own process.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Seconds">Best time of one run.</param>
/// <param name="Operations">Floating-point operations of one run (a multiply-add is two); 0 where they are not the point.</param>
/// <param name="GemmRate">The best rate of a large matrix product in the same process, operations a second.</param>
/// <param name="PeakBytes">Peak resident memory of the process.</param>
/// <param name="CoreSeconds">Least processor time of one run, of all cores together, where that is the point; it does not grow where others use the
/// machine as well.</param>
internal sealed record BenchmarkResult(string Name, double Seconds, double Operations, double GemmRate, long PeakBytes, double CoreSeconds = 0)
{
    /// <summary>Share of the machine's GEMM rate that the case reached.</summary>
    public double Share => Operations / Seconds / GemmRate;

    /// <summary>A row of the table.</summary>
    public string Format() => CoreSeconds > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Name,-28}{1 / Seconds,8:F0}/s {1 / CoreSeconds,8:F0}/s a core{"",12}{PeakBytes / (double)(1 << 30),10:F2}")
        : Operations == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Name,-28}{Seconds * 1e6,8:F2}us{"",29}{PeakBytes / (double)(1 << 30),10:F2}")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Name,-28}{Seconds,10:F3}{Operations / Seconds / 1e9,10:F0}{GemmRate / 1e9,11:F0}{Share,8:P0}{PeakBytes / (double)(1 << 30),10:F2}");
}
