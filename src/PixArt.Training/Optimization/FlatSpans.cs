using System.Numerics;
using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Training.Optimization;

/// <summary>Passes over the memory of CPU tensors in chunks, on as many threads as libtorch uses. Chunk borders do not
/// depend on the number of threads, so that sums do not either.</summary>
static class FlatSpans
{
    /// <summary>Elements of a chunk: four arrays of this length stay in the second-level cache.</summary>
    const int Chunk = 1 << 16;

    public delegate void Pass4(Span<float> a, ReadOnlySpan<float> b, Span<float> c, Span<float> d);

    public delegate void Pass2(Span<float> a, ReadOnlySpan<float> b);

    /// <summary>Whether both tensors' elements lie in host memory in the same order.</summary>
    public static bool Reaches(Tensor a, Tensor b) =>
        a.Device == Device.Cpu && a.DType == ScalarType.Float32 && b.DType == ScalarType.Float32
        && a.IsContiguous && b.IsContiguous && a.Count <= int.MaxValue;

    public static Tensor ZerosLike(Tensor tensor) => Tensor.Zeros(tensor.Shape, ScalarType.Float32, tensor.Device);

    public static void Run(Tensor a, Tensor b, Tensor c, Tensor d, Pass4 pass) => Each((int)a.Count, (start, length) => pass(
        a.AsSpan<float>().Slice(start, length), b.AsSpan<float>().Slice(start, length),
        c.AsSpan<float>().Slice(start, length), d.AsSpan<float>().Slice(start, length)));

    public static void Run(Tensor a, Tensor b, Pass2 pass) => Each((int)a.Count, (start, length) => pass(
        a.AsSpan<float>().Slice(start, length), b.AsSpan<float>().Slice(start, length)));

    /// <summary>Sum of squares in double precision.</summary>
    public static double SumOfSquares(Tensor tensor)
    {
        var partial = new double[(tensor.Count + Chunk - 1) / Chunk];
        Each((int)tensor.Count, (start, length) =>
            partial[start / Chunk] = SumOfSquares(tensor.AsSpan<float>().Slice(start, length)));
        return partial.Sum();
    }

    static double SumOfSquares(ReadOnlySpan<float> values)
    {
        // Squares of 128 vectors are summed in fp32 lanes, then in double precision.
        const int run = 128;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var sum = 0.0;
        for (var start = 0; start < vectors.Length; start += run)
        {
            var lanes = Vector<float>.Zero;
            foreach (var vector in vectors.Slice(start, Math.Min(run, vectors.Length - start))) lanes += vector * vector;
            for (var lane = 0; lane < Vector<float>.Count; lane++) sum += lanes[lane];
        }

        foreach (var value in values[(vectors.Length * Vector<float>.Count)..]) sum += (double)value * value;
        return sum;
    }

    static void Each(int count, Action<int, int> action)
    {
        var chunks = (count + Chunk - 1) / Chunk;
        var threads = Math.Min(chunks, LibTorch.NumThreads);
        if (threads <= 1)
        {
            for (var i = 0; i < chunks; i++) action(i * Chunk, Math.Min(Chunk, count - (i * Chunk)));
            return;
        }

        Parallel.For(0, chunks, new() { MaxDegreeOfParallelism = threads }, i =>
            action(i * Chunk, Math.Min(Chunk, count - (i * Chunk))));
    }
}
