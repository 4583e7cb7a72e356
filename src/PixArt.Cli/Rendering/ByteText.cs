using System.Globalization;

namespace PixArt.Cli.Rendering;

/// <summary>Numbers of bytes as hubs and disks count them: `812 B`, `1.2 MB`, `21.8 GB`.</summary>
internal static class ByteText
{
    public static string Of(long bytes) => bytes switch
    {
        >= 1_000_000_000 => Text(bytes / 1e9, "GB"),
        >= 1_000_000 => Text(bytes / 1e6, "MB"),
        >= 1_000 => Text(bytes / 1e3, "kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
    };

    static string Text(double value, string unit) => string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {unit}");
}
