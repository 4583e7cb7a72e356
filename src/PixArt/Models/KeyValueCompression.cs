using PixArt.Weights;

namespace PixArt.Models;

/// <summary>How self-attention keys and values are thinned out on the token grid (PixArt-Σ, section 3.2).</summary>
public enum KeyValueSampling
{
    /// <summary>A depth-wise convolution (kernel = stride = scale factor) shared by keys and values, then a LayerNorm.</summary>
    Conv,

    /// <summary>Nearest-neighbour reduction. The published code calls it "ave" although nothing is averaged.</summary>
    Average,

    /// <summary>Every <c>scale</c>-th row and column.</summary>
    Uniform,

    /// <summary>Every <c>scale</c>-th token of the flat sequence.</summary>
    UniformEvery,
}

/// <summary>Key/value token compression of PixArt-Σ: the listed layers attend to a reduced grid of keys and values, the
/// queries stay whole.</summary>
/// <param name="Sampling">How tokens are reduced.</param>
/// <param name="ScaleFactor">The reduction along each side of the grid (along the sequence for
/// <see cref="KeyValueSampling.UniformEvery"/>), at least 1.</param>
/// <param name="Layers">Zero-based indices of the blocks that compress.</param>
public sealed record KeyValueCompression(KeyValueSampling Sampling, int ScaleFactor, IReadOnlyList<int> Layers)
{
    /// <summary>Whether compression adds a parameter of this name to a transformer: its convolution or norm.</summary>
    /// <param name="name">Full name, such as <c>transformer_blocks.14.attn1.sr.weight</c>.</param>
    public static bool Adds(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Contains(".attn1.sr.", StringComparison.Ordinal) || name.Contains(".attn1.norm.", StringComparison.Ordinal);
    }

    internal bool Applies(int layer) => ScaleFactor > 1 && Layers.Contains(layer);

    internal static KeyValueCompression? Read(ConfigJson? value) => value is null ? null : new KeyValueCompression(
        value.Text("sampling", "conv") switch
        {
            "conv" => KeyValueSampling.Conv,
            "ave" => KeyValueSampling.Average,
            "uniform" => KeyValueSampling.Uniform,
            "uniform_every" => KeyValueSampling.UniformEvery,
            var other => throw new InvalidSettingException("kv_compression.sampling", other, "conv, ave, uniform or uniform_every"),
        },
        value.Int("scale_factor", 1),
        value.Ints("layers", []));

    internal void Validate(int layers)
    {
        if (ScaleFactor < 1) throw new InvalidSettingException("kv_compression.scale_factor", ScaleFactor, "at least 1");
        foreach (var layer in Layers)
            if (layer < 0 || layer >= layers)
                throw new InvalidSettingException("kv_compression.layers", layer, $"block indices of [0, {layers})");
    }

    internal string SamplingName => Sampling switch
    {
        KeyValueSampling.Conv => "conv",
        KeyValueSampling.Average => "ave",
        KeyValueSampling.Uniform => "uniform",
        _ => "uniform_every",
    };
}
