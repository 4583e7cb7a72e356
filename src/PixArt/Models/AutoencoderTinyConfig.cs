using System.Text.Json.Nodes;
using PixArt.Weights;
using static PixArt.Models.ModelConfigJson;

namespace PixArt.Models;

/// <summary>The shape of a <see cref="TinyEncoder"/> and a <see cref="TinyDecoder"/> (TAESD). Field names and defaults are those of
/// diffusers' <c>AutoencoderTiny</c>; the default record is TAESD as released.</summary>
public sealed record AutoencoderTinyConfig
{
    /// <summary>Channels of a latent pixel: 4 for SD's and SDXL's autoencoders.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Channels inside, the same at every resolution.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Residual blocks of the encoder at each resolution, from the picture's down.</summary>
    public IReadOnlyList<int> EncoderBlocks { get; init; } = [1, 3, 3, 3];

    /// <summary>Residual blocks of the decoder at each resolution, from the latents' up.</summary>
    public IReadOnlyList<int> DecoderBlocks { get; init; } = [3, 3, 3, 1];

    /// <summary>Factor from the denoiser's latents to these: 1 as released, which were trained on scaled latents.</summary>
    public double ScalingFactor { get; init; } = 1;

    /// <summary>Reads a <c>config.json</c> of diffusers.</summary>
    /// <param name="fields">The file. Unknown fields are ignored.</param>
    /// <exception cref="WeightsException">A field has the wrong type.</exception>
    /// <exception cref="InvalidSettingException">A field is out of range or asks for another architecture.</exception>
    public static AutoencoderTinyConfig Read(ConfigJson fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.Require("_class_name", "AutoencoderTiny");
        fields.Require("act_fn", "relu");
        fields.Require("upsampling_scaling_factor", "2");
        fields.Require("in_channels", "3");
        fields.Require("out_channels", "3");
        int[] widths = [.. fields.Ints("encoder_block_out_channels", [64, 64, 64, 64]), .. fields.Ints("decoder_block_out_channels", [64, 64, 64, 64])];
        if (widths.Distinct().Count() != 1)
            throw new InvalidSettingException("decoder_block_out_channels", string.Join(", ", widths), "one width at every resolution");
        return new AutoencoderTinyConfig
        {
            LatentChannels = fields.Int("latent_channels", 4),
            Width = widths[0],
            EncoderBlocks = fields.Ints("num_encoder_blocks", [1, 3, 3, 3]),
            DecoderBlocks = fields.Ints("num_decoder_blocks", [3, 3, 3, 1]),
            ScalingFactor = fields.Number("scaling_factor", 1),
        }.Validate();
    }

    /// <summary>Writes a <c>config.json</c> that diffusers reads.</summary>
    public string ToJson() => Write(new JsonObject
    {
        ["_class_name"] = "AutoencoderTiny",
        ["act_fn"] = "relu",
        ["decoder_block_out_channels"] = new JsonArray([.. DecoderBlocks.Select(_ => (JsonNode)Width)]),
        ["encoder_block_out_channels"] = new JsonArray([.. EncoderBlocks.Select(_ => (JsonNode)Width)]),
        ["in_channels"] = 3,
        ["latent_channels"] = LatentChannels,
        ["num_decoder_blocks"] = new JsonArray([.. DecoderBlocks.Select(count => (JsonNode)count)]),
        ["num_encoder_blocks"] = new JsonArray([.. EncoderBlocks.Select(count => (JsonNode)count)]),
        ["out_channels"] = 3,
        ["scaling_factor"] = ScalingFactor,
        ["upsampling_scaling_factor"] = 2,
    });

    /// <summary>Checks every field and answers this record.</summary>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names it.</exception>
    public AutoencoderTinyConfig Validate()
    {
        Positive("latent_channels", LatentChannels);
        Positive("decoder_block_out_channels", Width);
        Positive("scaling_factor", ScalingFactor);
        foreach (var (field, counts) in (ReadOnlySpan<(string, IReadOnlyList<int>)>)[("num_encoder_blocks", EncoderBlocks), ("num_decoder_blocks", DecoderBlocks)])
        {
            if (counts.Count == 0) throw new InvalidSettingException(field, "an empty list", "a number of blocks for each resolution");
            foreach (var count in counts) Positive(field, count);
        }
        return this;
    }
}
