using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace PixArt.Torch.Native;

/// <summary>
/// Finds libpixart.so and libpixart_text.so (in the folder PIXART_NATIVE, beside the program, in artifacts/native of a checkout, then in
/// the system's folders) and prepares the process for libtorch before it is loaded.
/// </summary>
public static partial class NativeLibraryLoader
{
    internal const string LibraryName = "pixart";
    internal const string TextLibraryName = "pixart_text";
    private const int ExpectedAbi = 1;

    private static readonly ConditionalWeakTable<Assembly, object> Registered = [];
    private static readonly Lazy<nint> TorchLibrary = new(() => Load(LibraryName));
    private static readonly Lazy<nint> TextLibrary = new(() => Load(TextLibraryName));

    /// <summary>The file of libpixart.so that was loaded; null before the first call into it.</summary>
    public static string? LoadedFrom { get; private set; }

    /// <summary>Makes <c>LibraryImport("pixart")</c> and <c>("pixart_text")</c> of an assembly resolve. Safe to call again.</summary>
    public static void Register(Assembly assembly)
    {
        lock (Registered)
        {
            if (Registered.TryAdd(assembly, Registered))
                NativeLibrary.SetDllImportResolver(assembly, static (name, _, _) => name switch
                {
                    LibraryName => TorchLibrary.Value,
                    TextLibraryName => TextLibrary.Value,
                    _ => 0,
                });
        }
    }

    private static unsafe nint Load(string library)
    {
        PrepareEnvironment();
        List<string> tried = [];
        foreach (string candidate in Candidates($"lib{library}.so"))
        {
            if (!File.Exists(candidate))
            {
                tried.Add($"{candidate} (not there)");
                continue;
            }

            try
            {
                nint handle = NativeLibrary.Load(candidate);
                int abi = ((delegate* unmanaged<int>)NativeLibrary.GetExport(handle, "px_abi"))();
                if (abi != ExpectedAbi)
                    throw new TorchException($"{candidate} speaks ABI {abi}, this program {ExpectedAbi}: run native/build again");
                if (library == LibraryName) LoadedFrom = candidate;
                return handle;
            }
            catch (DllNotFoundException e)
            {
                tried.Add($"{candidate} ({e.Message.ReplaceLineEndings(" ")})");
            }
        }

        throw new TorchException(
            $"the native library lib{library}.so cannot be loaded: run ./pixart doctor, or native/build after installing libtorch. Tried: "
            + string.Join("; ", tried));
    }

    private static IEnumerable<string> Candidates(string file)
    {
        if (Environment.GetEnvironmentVariable("PIXART_NATIVE") is { Length: > 0 } given) yield return Path.Combine(given, file);
        yield return Path.Combine(AppContext.BaseDirectory, file);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string built = Path.Combine(folder.FullName, "artifacts", "native", file);
            if (File.Exists(built)) yield return built;
        }

        yield return Path.Combine("/usr/local/lib", file);
        yield return Path.Combine("/usr/lib", file);
    }

    // OpenBLAS and ATen pick kernels once, while they are loaded, and neither recognises processors newer than itself: both then fall to code
    // several times slower. Their own variables are set with the C library's setenv (Environment.SetEnvironmentVariable
    // does not reach native code), unless the user set them.
    private static void PrepareEnvironment()
    {
        bool avx512 = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported;
        if (OperatingSystem.IsWindows()) return;
        if (avx512)
        {
            _ = setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
            _ = setenv("ATEN_CPU_CAPABILITY", "avx512", 0);
        }
        else if (Avx2.IsSupported)
        {
            _ = setenv("OPENBLAS_CORETYPE", "Haswell", 0);
        }

        // c10d logs what it also throws; errors are told once, in the message of the exception.
        _ = setenv("TORCH_CPP_LOG_LEVEL", "FATAL", 0);
        _ = setenv("GLOG_minloglevel", "3", 0);

        // libtorch takes half the processors on x86, meaning cores, also where each processor is a core.
        _ = setenv("OMP_NUM_THREADS", ProcessorCores.Count().ToString(CultureInfo.InvariantCulture), 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
