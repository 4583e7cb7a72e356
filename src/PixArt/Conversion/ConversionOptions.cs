using PixArt.Torch;

namespace PixArt.Conversion;

/// <summary>What a conversion is asked for beyond its input and output.</summary>
public sealed record ConversionOptions
{
    /// <summary>The names to write; null: the original ones in PyTorch files, diffusers' elsewhere.</summary>
    public WeightsLayout? Layout { get; init; }

    /// <summary>The number format of floating-point tensors: float32, float16 or bfloat16; null: each as it is.</summary>
    public ScalarType? DType { get; init; }

    /// <summary>Most bytes of a safetensors file in a folder, at least 1; null: one file.</summary>
    public long? ShardBytes { get; init; }

    /// <summary>The part of a PyTorch checkpoint, for example <c>state_dict_ema</c>; null: <c>state_dict</c>, where there is one.</summary>
    public string? Section { get; init; }

    /// <summary>The variant of a folder's files, for example <c>fp16</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>Nominal side in pixels, a multiple of 16, where a transformer's configuration is to be written and neither a
    /// configuration nor a stored position table tells it.</summary>
    public int? Resolution { get; init; }

    /// <summary>Attention heads, where the weights do not tell them (a head width other than 72).</summary>
    public int? Heads { get; init; }

    /// <summary>Divides the positions, above 0; null: what α or Σ use at the resolution.</summary>
    public double? InterpolationScale { get; init; }

    /// <summary>The scaling factor of an autoencoder without a configuration, above 0: 0.18215 for Stable Diffusion's, 0.13025 for SDXL's.</summary>
    public double? ScalingFactor { get; init; }

    /// <summary>A weights file or a component's folder whose tensors are the moving average of the input's: a PyTorch file then holds both, as
    /// <c>state_dict</c> and <c>state_dict_ema</c>.</summary>
    public string? Average { get; init; }

    /// <summary>A pipeline's folder that gives everything but the input, so that the output is a whole pipeline.</summary>
    public string? Base { get; init; }

    /// <summary>Checks every field and answers this record.</summary>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names it.</exception>
    public ConversionOptions Validate()
    {
        if (DType is { } type && type is not (ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16))
            throw new InvalidSettingException("dtype", type, "float32, float16 or bfloat16");
        if (ShardBytes < 1) throw new InvalidSettingException("shard size", ShardBytes, "at least 1 byte");
        if (Resolution is { } side && (side < 16 || side % 16 != 0)) throw new InvalidSettingException("resolution", side, "a multiple of 16");
        if (Heads < 1) throw new InvalidSettingException("heads", Heads, "at least 1");
        Positive("interpolation scale", InterpolationScale);
        Positive("scaling factor", ScalingFactor);
        return this;
    }

    static void Positive(string field, double? value)
    {
        if (value is { } number && !(number > 0 && double.IsFinite(number))) throw new InvalidSettingException(field, number, "a positive number");
    }
}
