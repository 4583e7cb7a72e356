using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Adapters;

/// <summary>Random adapters for <see cref="TinyModel"/>, and files of them.</summary>
sealed class AdapterBuilder(int seed = 1)
{
    readonly Random _random = new(seed);

    public Dictionary<string, (long[] Shape, float[] Values)> Tensors { get; } = new(StringComparer.Ordinal);

    public AdapterBuilder Add(string name, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(_random.NextDouble() - 0.5);
        Tensors[name] = (shape, values);
        return this;
    }

    public AdapterBuilder Set(string name, long[] shape, params float[] values)
    {
        Tensors[name] = (shape, values);
        return this;
    }

    /// <summary>A LoRA of rank 2 on a layer, under peft's bare names.</summary>
    public AdapterBuilder LowRank(string layer, long output, long input) =>
        Add($"{layer}.lora_A.weight", 2, input).Add($"{layer}.lora_B.weight", output, 2);

    public double[] Values(string name) => Array.ConvertAll(Tensors[name].Values, v => (double)v);

    public string Write(string path, Func<string, string>? rename = null, Dictionary<string, string>? metadata = null)
    {
        SafetensorsWriter.Write(path, Tensors.Select(t => TensorToWrite.FromBytes(
            rename?.Invoke(t.Key) ?? t.Key, StoredType.F32, t.Value.Shape, Bytes(t.Value.Values))), metadata);
        return path;
    }

    public string WritePickle(string path)
    {
        var tensors = Tensors.Select(t => KeyValuePair.Create(t.Key, TensorScope.Release(Tensor.FromArray(t.Value.Values, t.Value.Shape)))).ToArray();
        try
        {
            PixArt.Weights.PyTorch.PickleWriter.Write(path, tensors.Select(t => TensorToWrite.FromTensor(t.Key, t.Value)));
        }
        finally
        {
            foreach (var (_, tensor) in tensors) tensor.Dispose();
        }

        return path;
    }

    static byte[] Bytes(float[] values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
