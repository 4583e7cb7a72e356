using System.Globalization;
using System.Runtime.InteropServices;
using PixArt.Imaging;
using PixArt.Text;

namespace PixArt.Cli.Diagnosis;

/// <summary>What there is to know beside libtorch.</summary>
internal static class MachineProbes
{
    public static IEnumerable<Finding> Program() =>
    [
        new("pixart", $"{BuildVersion.Text}, .NET {Environment.Version}"),
        new("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {ProcessorName()}"),
        Memory(),
    ];

    public static IEnumerable<Finding> Libraries() =>
    [
        Probe.Run("sentencepiece", "apt-get install libsentencepiece-dev, then run ./pixart again", needed: true, SentencePiece),
        Probe.Run("libvips", "apt-get install libvips42", needed: true, () => new Finding("libvips", ImageLibrary.Version)),
    ];

    static Finding SentencePiece()
    {
        SentencePieceTokenizer.RequireLibrary();
        return new Finding("sentencepiece", LoadedLibraries.Find("libsentencepiece.so") ?? "inside libpixart_text.so");
    }

    static Finding Memory()
    {
        const double Gigabyte = 1 << 30;
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Gigabyte;
        var free = MemInfo("MemAvailable") is { } kilobytes ? $", {Number(kilobytes * 1024.0 / Gigabyte)} GiB free" : "";
        return new Finding("memory", $"{Number(total)} GiB{free}");
    }

    static string ProcessorName() =>
        Field("/proc/cpuinfo", "model name") ?? $"{Environment.ProcessorCount} processors";

    static long? MemInfo(string name) =>
        Field("/proc/meminfo", name) is { } value && long.TryParse(value.Split(' ')[0], CultureInfo.InvariantCulture, out var kilobytes)
            ? kilobytes : null;

    static string? Field(string file, string name) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
        : null;

    static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
