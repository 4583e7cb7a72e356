using System.Runtime.InteropServices;

namespace PixArt.Imaging.Vips;

/// <summary>A libvips operation failed; callers turn it into an error that names the picture.</summary>
sealed class VipsException(string operation) : Exception($"{operation}: {TakeErrors()}")
{
    const int LongestReport = 200;

    // The buffer is one for all threads: under concurrent failures a report may hold a neighbour's line. It is only text.
    static string TakeErrors()
    {
        var text = Native.vips_error_buffer_copy();
        try
        {
            var report = string.Join("; ", (Marshal.PtrToStringUTF8(text) ?? "")
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Distinct(StringComparer.Ordinal));
            if (report.Length == 0) return "unknown failure";
            return report.Length > LongestReport ? report[..LongestReport] + "…" : report;
        }
        finally
        {
            Native.g_free(text);
        }
    }
}
