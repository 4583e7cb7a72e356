using PixArt.Torch;

namespace PixArt.Training.Recipes;

/// <summary>What a <see cref="ComputePrecision"/> means for libtorch.</summary>
static class ComputePrecisions
{
    /// <summary>The small type that products compute in, or null.</summary>
    public static ScalarType? Small(this ComputePrecision precision) => precision switch
    {
        ComputePrecision.Bf16 => ScalarType.BFloat16,
        ComputePrecision.Fp16 => ScalarType.Float16,
        _ => null,
    };

    /// <summary>Refuses a precision that the device does not compute in.</summary>
    /// <exception cref="InvalidSettingException">Products of that type fail there.</exception>
    public static void Require(this ComputePrecision precision, Device device)
    {
        if (precision.Small() is not { } type || Autocast.Supports(type, device)) return;
        throw new InvalidSettingException(
            "precision", RecipeJson.Name(precision),
            $"{(precision == ComputePrecision.Fp16 ? "bf16 or fp32" : "fp32")}: this libtorch ({LibTorch.Version}) has no {type} products on {device}");
    }
}
