using PixArt.Conversion;
using PixArt.Weights;

namespace PixArt.Tests.Conversion;

/// <summary>Files and options that the tests of conversion share.</summary>
static class ConversionFiles
{
    /// <summary>What the goldens' small models do not tell by themselves.</summary>
    public static ConversionOptions OptionsFor(Golden golden)
    {
        var given = golden.Json.GetProperty("hyperparameters");
        return new()
        {
            Resolution = 8 * given.GetProperty("input_size").GetInt32(),
            Heads = given.GetProperty("num_heads").GetInt32(),
            InterpolationScale = (given.Optional("pe_interpolation") ?? given.Optional("lewei_scale"))?.Number() ?? 1,
        };
    }

    /// <summary>Name → element type, shape and elements of every tensor.</summary>
    public static Dictionary<string, string> Contents(params string[] paths)
    {
        var contents = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            using var file = WeightsFile.Open(path);
            foreach (var (name, tensor) in file.Tensors)
            {
                var bytes = new byte[tensor.ByteCount];
                file.CopyTo(name, bytes);
                contents.Add(name, $"{tensor.Type.Name()} {tensor.ShapeText} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))}");
            }
        }

        return contents;
    }

    /// <summary>A tensor of random float32 numbers.</summary>
    public static TensorToWrite Random(string name, params long[] shape)
    {
        var random = new Random(name.Length + name[^1] + (int)shape.Aggregate(1L, (p, s) => p * s));
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (p, s) => p * s)).Select(_ => (float)random.NextDouble() - 0.5f)];
        return TensorToWrite.FromBytes(name, StoredType.F32, shape, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
    }
}
