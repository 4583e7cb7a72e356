using System.CommandLine;
using PixArt.Cli.Generation;
using PixArt.Conversion;

namespace PixArt.Cli.Commands;

/// <summary>The options that <c>convert</c> and <c>merge</c> share.</summary>
internal sealed class ConversionSettings
{
    readonly Option<string?> _layout = new("--layout") { Description = "Names to write: diffusers or original (original in .pth, .pt, .bin and .ckpt files, diffusers elsewhere).", HelpName = "name" };
    readonly Option<string?> _dtype = new("--dtype") { Description = "Number format: float32, float16 or bfloat16; as it is when not given.", HelpName = "type" };
    readonly Option<string?> _shard = new("--shard-size") { Description = "Most bytes of a file in a folder, as 5GB; one file when not given.", HelpName = "size" };
    readonly Option<string?> _variant = new("--variant") { Description = "The variant of a folder's files, as fp16; of several GGUF files a part of the name.", HelpName = "name" };
    readonly Option<int?> _resolution = new("--resolution") { Description = "Nominal side in pixels, where the weights do not tell it: 256, 512, 1024 or 2048.", HelpName = "pixels" };
    readonly Option<int?> _heads = new("--heads") { Description = "Attention heads, where a head is not 72 wide." };
    readonly Option<double?> _scale = new("--interpolation-scale") { Description = "Divides the positions; α's and Σ's own when not given." };
    readonly Option<double?> _factor = new("--scaling-factor") { Description = "Of an autoencoder without a configuration: 0.18215 (Stable Diffusion's, α) or 0.13025 (SDXL's, Σ)." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_layout, _dtype, _shard, _variant, _resolution, _heads, _scale, _factor]) command.Add(option);
    }

    public ConversionOptions Read(ParseResult line) => new ConversionOptions
    {
        Layout = line.GetValue(_layout) switch
        {
            null => null,
            "diffusers" => WeightsLayout.Diffusers,
            "original" => WeightsLayout.Original,
            var other => throw new InvalidSettingException("--layout", other, "diffusers or original"),
        },
        DType = line.GetValue(_dtype) is { } type ? SettingTexts.DType(type) : null,
        ShardBytes = line.GetValue(_shard) is { } size ? SettingTexts.Bytes("--shard-size", size) : null,
        Variant = line.GetValue(_variant),
        Resolution = line.GetValue(_resolution),
        Heads = line.GetValue(_heads),
        InterpolationScale = line.GetValue(_scale),
        ScalingFactor = line.GetValue(_factor),
    };
}
