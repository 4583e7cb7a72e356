using System.Runtime.InteropServices;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Benchmarks.FullSize;

/// <summary>Writes weights that compute like trained ones: normal draws that keep the scale of activations, norms of one.</summary>
internal static class RandomWeights
{
    private const int Pool = 1 << 20;
    private const long LargestFile = 5_000_000_000;

    /// <summary>Bytes of the weights.</summary>
    public static long Bytes(Func<ParameterStore, Module> build, ScalarType type)
    {
        using Module model = build(new ParameterStore(new ShapesOnly()));
        return model.Parameters.Tensors.Sum(tensor => tensor.Count) * type.ByteSize();
    }

    /// <summary>Writes a component, in shards where it is large.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="stem">Name of its files.</param>
    /// <param name="config">Its config.json.</param>
    /// <param name="type">Number format.</param>
    /// <param name="build">Builds the model over shapes.</param>
    public static void Write(string folder, string stem, string config, ScalarType type, Func<ParameterStore, Module> build)
    {
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config);
        using Module model = build(new ParameterStore(new ShapesOnly()));
        using var generator = new Generator(1);
        using Tensor pool = Tensor.Randn([Pool], generator);
        SafetensorsShards.Write(
            folder, stem, model.Parameters.Names.Select(name =>
            {
                long[] shape = model.Parameters[name].Shape;
                return new TensorToWrite(name, type.ToStoredType(), shape, stream => Draw(stream, name, shape, type, pool));
            }),
            LargestFile);
    }

    private static void Draw(Stream stream, string name, long[] shape, ScalarType type, Tensor pool)
    {
        using var scope = TensorScope.Begin();
        long count = shape.Aggregate(1L, (product, size) => product * size);
        bool norm = shape.Length == 1 && name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal);
        bool vector = shape.Length < 2 || name.Contains("table", StringComparison.Ordinal);
        double std = norm ? 0 : vector ? 0.02 : 0.7 / Math.Sqrt(shape.Skip(1).Aggregate(1.0, (product, size) => product * size));
        if (name.EndsWith("shared.weight", StringComparison.Ordinal)) std = 1;
        ReadOnlySpan<byte> bytes = ((pool * std) + (norm ? 1 : 0)).To(type).AsBytes();

        // Each tensor begins elsewhere in the draws, so that no two are alike.
        int at = (int)(HashOf(name) % Pool) * type.ByteSize();
        for (long left = count * type.ByteSize(); left > 0;)
        {
            int some = (int)Math.Min(left, bytes.Length - at);
            stream.Write(bytes.Slice(at, some));
            left -= some;
            at = 0;
        }
    }

    private static uint HashOf(string name)
    {
        uint hash = 2166136261;
        foreach (byte value in MemoryMarshal.AsBytes(name.AsSpan())) hash = (hash ^ value) * 16777619;
        return hash;
    }

    /// <summary>Parameters that take no memory.</summary>
    private sealed class ShapesOnly : IParameterSource
    {
        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            using var scope = TensorScope.Begin();
            return TensorScope.Release(Tensor.Zeros([1]).Expand(shape));
        }
    }
}
