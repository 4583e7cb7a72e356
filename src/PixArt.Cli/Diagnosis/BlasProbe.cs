using System.Runtime.InteropServices;

namespace PixArt.Cli.Diagnosis;

/// <summary>Which library multiplies matrices, and whether it knows this processor.</summary>
internal static class BlasProbe
{
    const string Advice = "apt-get install libopenblas0-openmp: matrix products are many times faster with it";

    public static Finding Run()
    {
        if (LoadedLibraries.Find("libopenblas", "libopenblaso", "libopenblasp") is { } openBlas) return OpenBlas(openBlas);
        // The BLAS of a downloaded libtorch is inside libtorch_cpu itself.
        if (LoadedLibraries.Find("libmkl_core", "libmkl_rt") is { } mkl) return new Finding("blas", $"MKL, {mkl}");
        if (LoadedLibraries.Find("libblas.so") is { } blas) return new Finding("blas", $"{blas}, the plain reference", Advice);
        return new Finding("blas", "built into libtorch");
    }

    static Finding OpenBlas(string path)
    {
        var core = Text(path, "openblas_get_corename");
        var set = Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE") is { Length: > 0 } ? " (OPENBLAS_CORETYPE is set)" : "";
        var threads = path.Contains("openmp", StringComparison.Ordinal) || path.Contains("blaso", StringComparison.Ordinal)
            ? null : "apt-get install libopenblas0-openmp: this flavour's threads get in the way of libtorch's";
        return new Finding("blas", $"OpenBLAS, core type {core ?? "unknown"}{set}, {path}", threads);
    }

    static unsafe string? Text(string library, string function)
    {
        if (!NativeLibrary.TryLoad(library, out var handle)) return null;
        try
        {
            return NativeLibrary.TryGetExport(handle, function, out var address)
                ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)address)()) : null;
        }
        finally
        {
            NativeLibrary.Free(handle);
        }
    }
}
