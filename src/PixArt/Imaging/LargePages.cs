using System.Runtime.InteropServices;

namespace PixArt.Imaging;

/// <summary>Asks the system for large pages behind new memory, so that touching it for the first time is interrupted once every 2 MiB, not every 4 KiB.
/// Where there are none, nothing changes.</summary>
static unsafe partial class LargePages
{
    const nuint Page = 2 << 20;
    const int HugePage = 14; // MADV_HUGEPAGE

    /// <param name="memory">Memory that is about to be written.</param>
    public static void Ask(Span<float> memory)
    {
        if (!OperatingSystem.IsLinux()) return;
        fixed (float* start = memory)
        {
            var first = ((nuint)start + Page - 1) & ~(Page - 1);
            var end = (nuint)(start + memory.Length) & ~(Page - 1);
            if (end > first) _ = Advise((void*)first, end - first, HugePage);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
