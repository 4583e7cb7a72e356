using System.Globalization;

namespace PixArt.Fuzz;

/// <summary>What the process has in memory, native libraries included, as Linux tells it; elsewhere nothing is told.</summary>
static class ResidentMemory
{
    /// <summary>Bytes now, and the most so far.</summary>
    public static (long Now, long Peak) Read()
    {
        if (!OperatingSystem.IsLinux()) return (0, 0);
        var status = File.ReadAllText("/proc/self/status");
        return (Field(status, "VmRSS:"), Field(status, "VmHWM:"));
    }

    static long Field(string status, string name)
    {
        var at = status.IndexOf(name, StringComparison.Ordinal);
        if (at < 0) return 0;
        var line = status.AsSpan(at + name.Length);
        return long.Parse(line[..line.IndexOf("kB")].Trim(), CultureInfo.InvariantCulture) << 10;
    }
}
