using System.Globalization;
using PixArt.Pipelines;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Cli.Generation;

/// <summary>Reads settings that are more than a number or a text.</summary>
internal static class SettingTexts
{
    /// <summary>`512` or `512x768`, width first.</summary>
    public static (int Width, int Height) Size(string text)
    {
        var parts = text.Split('x', 'X', '×');
        if (parts.Length is 1 or 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var height))
            return (width, height);
        throw new InvalidSettingException("--size", text, "pixels, as 512 or 512x768 (width x height)");
    }

    /// <summary>`float32`, `float16`, `bfloat16` or their short forms.</summary>
    public static ScalarType DType(string text) => text.ToLowerInvariant() switch
    {
        "float32" or "fp32" => ScalarType.Float32,
        "float16" or "fp16" or "half" => ScalarType.Float16,
        "bfloat16" or "bf16" => ScalarType.BFloat16,
        _ => throw new InvalidSettingException("--dtype", text, "float32, float16 or bfloat16"),
    };

    /// <summary>`5GB`, `500 MB` or bytes: decimal units, as diffusers counts them.</summary>
    public static long Bytes(string field, string text)
    {
        var given = text.Trim().ToUpperInvariant();
        var (unit, digits) = given switch
        {
            [.. var number, 'G', 'B'] => (1e9, number),
            [.. var number, 'M', 'B'] => (1e6, number),
            [.. var number, 'K', 'B'] => (1e3, number),
            _ => (1, given),
        };
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var count) && count * unit is >= 1 and <= 1e18
            ? (long)(count * unit)
            : throw new InvalidSettingException(field, text, "a size, as 5GB, 500MB or a number of bytes");
    }

    /// <summary>`clean`, `lower_case` or `raw`.</summary>
    public static CaptionPreparation Captions(string text) => text switch
    {
        "clean" => CaptionPreparation.Clean,
        "lower_case" => CaptionPreparation.LowerCase,
        "raw" => CaptionPreparation.Raw,
        _ => throw new InvalidSettingException("--captions", text, "clean, lower_case or raw"),
    };

    /// <summary>`cpu`, `cuda` or `cuda:1`.</summary>
    public static Device Device(string text)
    {
        try
        {
            return Torch.Device.Parse(text);
        }
        catch (FormatException)
        {
            throw new InvalidSettingException("--device", text, "cpu, cuda or cuda:N");
        }
    }
}
