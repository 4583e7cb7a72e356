using System.Globalization;
using System.Text.RegularExpressions;
using PixArt.Torch;
using PixArt.Torch.Native;
using static PixArt.Torch.LibTorch;

namespace PixArt.Cli.Diagnosis;

/// <summary>What there is to know about libtorch.</summary>
internal static partial class TorchProbes
{
    const string InstallTorch =
        "apt-get install libtorch-dev libopenblas0-openmp, or set LIBTORCH to an unpacked libtorch, or LIBTORCH_USE_PYTORCH=1; then run ./pixart again";

    // Operators that some versions lack, and what happens then.
    static readonly (string Name, string Without)[] s_operators =
    [
        ("aten::scaled_dot_product_attention", "attention runs in blocks of our own"),
    ];

    public static IEnumerable<Finding> Run()
    {
        var found = Probe.Run("libtorch", InstallTorch, needed: true, Library);
        yield return found;
        if (found.Missing) yield break;
        yield return Operators();
        yield return Devices();
        yield return BlasProbe.Run();
        yield return Capability();
        yield return Threads();
    }

    static Finding Library()
    {
        var version = LibTorch.Version;
        var from = LoadedLibraries.Find("libtorch_cpu.so") is { } library ? $", {Path.GetDirectoryName(library)}" : "";
        return new Finding("libtorch", $"{version}{from}, through {NativeLibraryLoader.LoadedFrom}");
    }

    static Finding Operators()
    {
        var states = s_operators.Select(o => HasOperator(o.Name) ? $"{Short(o.Name)}: yes" : $"{Short(o.Name)}: no, {o.Without}");
        return new Finding("operators", string.Join("; ", states));

        static string Short(string name) => name["aten::".Length..];
    }

    static Finding Devices()
    {
        var count = Probe.Run("cuda", "", needed: false, () => new Finding("cuda", $"{CudaDeviceCount}")).Value;
        return count is "0"
            ? new Finding("devices", "cpu (no CUDA device that this libtorch can use)")
            : new Finding("devices", int.TryParse(count, CultureInfo.InvariantCulture, out var n)
                ? "cpu, " + string.Join(", ", Enumerable.Range(0, n).Select(i => $"cuda:{i}"))
                : $"cpu; CUDA {count}");
    }

    static Finding Capability() => new(
        "cpu kernels", CapabilityLine().Match(BuildConfiguration) is { Success: true } match ? match.Groups["level"].Value : "not told by this libtorch");

    static Finding Threads()
    {
        var (threads, processors) = (NumThreads, Environment.ProcessorCount);
        return new Finding(
            "threads", $"{threads} of {processors} processors",
            threads < processors && Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { } set
                ? $"OMP_NUM_THREADS is {set}; unset it to use all processors" : null);
    }

    [GeneratedRegex(@"CPU capability usage: (?<level>\w+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CapabilityLine();
}
