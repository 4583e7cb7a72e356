using PixArt.Torch;

namespace PixArt.Benchmarks.Cases;

/// <summary>Time of one operator call from C# on a one-element tensor: the binding and the dispatcher, no arithmetic to speak of.</summary>
internal sealed class BindingOverhead : IBenchmark
{
    public string Name => "binding-call";

    public BenchmarkResult Run()
    {
        const int Calls = 100_000;
        using var scope = TensorScope.Begin();
        Tensor one = Tensor.Ones([1]);
        double seconds = Measure.BestSeconds(() =>
        {
            for (int k = 0; k < Calls; k++) TensorScope.Release(one + one).Dispose();
        });
        return new BenchmarkResult(Name, seconds / Calls, 0, 1, Measure.PeakBytes());
    }
}
