using System.Diagnostics;
using System.Globalization;
using PixArt.Torch;

namespace PixArt.Benchmarks;

/// <summary>Times and limits of this machine.</summary>
internal static class Measure
{
    /// <summary>Best time of one run: a first run to warm up, then runs until enough time has passed.</summary>
    public static double BestSeconds(Action run, int minRuns = 2, double minSeconds = 3)
    {
        run();
        LibTorch.Synchronize(Target.Device);
        double best = double.MaxValue;
        var total = Stopwatch.StartNew();
        for (int k = 0; k < minRuns || total.Elapsed.TotalSeconds < minSeconds; k++)
        {
            var one = Stopwatch.StartNew();
            run();
            LibTorch.Synchronize(Target.Device);
            best = Math.Min(best, one.Elapsed.TotalSeconds);
        }

        return best;
    }

    /// <summary>Operations a second of the best of several large matrix products in the type and on the device of the cases, with all threads, by
    /// the BLAS or by our own kernel.</summary>
    public static double GemmRate()
    {
        double best = 0;
        using var scope = TensorScope.Begin();
        foreach ((long m, long k, long n) in Products())
        {
            Tensor a = Target.Randn([m, k]), b = Target.Randn([n, k]);
            using Tensor columns = b.Transpose(0, 1);
            foreach (Action product in (Action[])[() => a.MatMul(columns).Dispose(), () => Functional.Linear(a, b).Dispose()])
                best = Math.Max(best, 2.0 * m * k * n / BestSeconds(product, minRuns: 5, minSeconds: 1));
            a.Dispose();
            b.Dispose();
        }

        return best;
    }

    // An accelerator wants more work than a CPU to reach its rate.
    private static (long M, long K, long N)[] Products() => Target.Device.IsCuda
        ? [(8192, 8192, 8192), (16384, 1152, 4608)]
        : [(2048, 1152, 4608), (4096, 4096, 1024), (2048, 2048, 2048)];

    /// <summary>Peak resident memory of this process in bytes.</summary>
    public static long PeakBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6, line.Length - 6 - 3).Trim(), CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Runs a case: its own memory first (peak is read before the GEMM rate is measured), then the limit.</summary>
    public static BenchmarkResult Case(string name, double operations, Action run, double minSeconds = 3)
    {
        double seconds = BestSeconds(run, minSeconds: minSeconds);
        long peak = PeakBytes();
        return new BenchmarkResult(name, seconds, operations, GemmRate(), peak);
    }
}
