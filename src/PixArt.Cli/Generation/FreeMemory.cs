using System.Globalization;
using System.Runtime.InteropServices;
using PixArt.Cli.Diagnosis;
using PixArt.Torch;

namespace PixArt.Cli.Generation;

/// <summary>How much memory nobody uses now.</summary>
internal static class FreeMemory
{
    /// <summary>Bytes, of the machine or of a GPU; null where it cannot be told.</summary>
    public static long? Of(Device device) => device.IsCuda ? OfGpu(device) : OfMachine();

    static long? OfMachine()
    {
        const string file = "/proc/meminfo", field = "MemAvailable:";
        if (!File.Exists(file)) return GC.GetGCMemoryInfo() is var info ? info.TotalAvailableMemoryBytes - info.MemoryLoadBytes : null;
        return File.ReadLines(file).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) is { } line
            && long.TryParse(line[field.Length..^2].Trim(), CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : null;
    }

    // CUDA's runtime is in the process where libtorch computes on a GPU.
    static unsafe long? OfGpu(Device device)
    {
        if (LibTorch.CudaDeviceCount <= device.Index || LoadedLibraries.Find("libcudart") is not { } path || !NativeLibrary.TryLoad(path, out var library)) return null;
        try
        {
            if (!NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out var memory) || !NativeLibrary.TryGetExport(library, "cudaSetDevice", out var select)) return null;
            nuint free = 0, total = 0;
            return ((delegate* unmanaged<int, int>)select)(device.Index) == 0 && ((delegate* unmanaged<nuint*, nuint*, int>)memory)(&free, &total) == 0 ? (long)free : null;
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }
}
