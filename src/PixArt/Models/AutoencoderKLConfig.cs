using System.Text.Json.Nodes;
using PixArt.Torch;
using PixArt.Weights;
using static PixArt.Models.ModelConfigJson;

namespace PixArt.Models;

/// <summary>The shape of an <see cref="AutoencoderKL"/>. Field names and defaults are those of diffusers' <c>vae/config.json</c>; the
/// default record is Stable Diffusion's, PixArt-α's autoencoder.</summary>
public sealed partial record AutoencoderKLConfig
{
    /// <summary>Image channels that go in.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Image channels that come out.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels of each level, finest first; every level but the last halves the sides.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Residual blocks of an encoder level; a decoder level has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Latent channels.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Groups of every GroupNorm; divides each of <see cref="BlockOutChannels"/>.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Nominal image side; also the side of a tile, in pixels.</summary>
    public int SampleSize { get; init; } = 256;

    /// <summary>The denoiser's latents are (latents - shift) x this.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>Subtracted before scaling, or <see langword="null"/>.</summary>
    public double? ShiftFactor { get; init; }

    /// <summary>Whether a 1x1 convolution follows the encoder.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Whether a 1x1 convolution precedes the decoder.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Whether the middle blocks attend over the whole map.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>Whether the file asks for float32 (SDXL's original weights overflow float16).</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Image pixels for one latent pixel along a side.</summary>
    public int DownsampleFactor => 1 << (BlockOutChannels.Count - 1);

    /// <summary>The denoiser's latents to the autoencoder's: latents / scale + shift.</summary>
    internal Tensor Unscale(Tensor latents)
    {
        using var scope = TensorScope.Begin();
        var unscaled = latents / ScalingFactor;
        return scope.Keep(ShiftFactor is { } shift ? unscaled + shift : unscaled);
    }

    /// <summary>Reads diffusers' <c>config.json</c>.</summary>
    /// <param name="fields">The file. Unknown fields are ignored.</param>
    /// <exception cref="WeightsException">A field has the wrong type.</exception>
    /// <exception cref="InvalidSettingException">A field is out of range or asks for another architecture.</exception>
    public static AutoencoderKLConfig Read(ConfigJson fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.Require("_class_name", nameof(AutoencoderKL));
        fields.Require("act_fn", "silu", "swish");
        var channels = fields.Ints("block_out_channels", [64]);
        RequireBlocks("down_block_types", fields.Texts("down_block_types", []), "DownEncoderBlock2D", channels.Length);
        RequireBlocks("up_block_types", fields.Texts("up_block_types", []), "UpDecoderBlock2D", channels.Length);
        return new AutoencoderKLConfig
        {
            InChannels = fields.Int("in_channels", 3),
            OutChannels = fields.Int("out_channels", 3),
            BlockOutChannels = channels,
            LayersPerBlock = fields.Int("layers_per_block", 1),
            LatentChannels = fields.Int("latent_channels", 4),
            NormNumGroups = fields.Int("norm_num_groups", 32),
            SampleSize = fields.Int("sample_size", 32),
            ScalingFactor = fields.Number("scaling_factor", 0.18215),
            ShiftFactor = fields.NumberOrNull("shift_factor"),
            UseQuantConv = fields.Bool("use_quant_conv", true),
            UsePostQuantConv = fields.Bool("use_post_quant_conv", true),
            MidBlockAddAttention = fields.Bool("mid_block_add_attention", true),
            ForceUpcast = fields.Bool("force_upcast", true),
        }.Validate();
    }

    /// <summary>Writes a <c>config.json</c> that diffusers reads.</summary>
    public string ToJson() => Write(new JsonObject
    {
        ["_class_name"] = nameof(AutoencoderKL),
        ["act_fn"] = "silu",
        ["block_out_channels"] = new JsonArray([.. BlockOutChannels.Select(channels => (JsonNode)channels)]),
        ["down_block_types"] = Repeated("DownEncoderBlock2D"),
        ["force_upcast"] = ForceUpcast,
        ["in_channels"] = InChannels,
        ["latent_channels"] = LatentChannels,
        ["layers_per_block"] = LayersPerBlock,
        ["mid_block_add_attention"] = MidBlockAddAttention,
        ["norm_num_groups"] = NormNumGroups,
        ["out_channels"] = OutChannels,
        ["sample_size"] = SampleSize,
        ["scaling_factor"] = ScalingFactor,
        ["shift_factor"] = ShiftFactor,
        ["up_block_types"] = Repeated("UpDecoderBlock2D"),
        ["use_post_quant_conv"] = UsePostQuantConv,
        ["use_quant_conv"] = UseQuantConv,
    });

    /// <summary>Checks every field and answers this record.</summary>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names it.</exception>
    public AutoencoderKLConfig Validate()
    {
        Positive("in_channels", InChannels);
        Positive("out_channels", OutChannels);
        Positive("layers_per_block", LayersPerBlock);
        Positive("latent_channels", LatentChannels);
        Positive("norm_num_groups", NormNumGroups);
        if (BlockOutChannels.Count is 0 or > 8)
            throw new InvalidSettingException("block_out_channels", BlockOutChannels.Count, "1 to 8 levels");
        foreach (var channels in BlockOutChannels)
            if (channels < 1 || channels % NormNumGroups != 0)
                throw new InvalidSettingException("block_out_channels", channels, $"multiples of norm_num_groups, {NormNumGroups}");
        if (SampleSize < DownsampleFactor)
            throw new InvalidSettingException("sample_size", SampleSize, $"at least the downsampling factor {DownsampleFactor}");
        Positive("scaling_factor", ScalingFactor);
        if (ShiftFactor is { } shift && !double.IsFinite(shift))
            throw new InvalidSettingException("shift_factor", shift, "a finite number");
        return this;
    }

    JsonArray Repeated(string type) => new([.. BlockOutChannels.Select(_ => (JsonNode)type)]);

    static void RequireBlocks(string field, string[] types, string supported, int levels)
    {
        if (types.Length == 0) return;
        if (types.Length != levels)
            throw new InvalidSettingException(field, $"{types.Length} blocks", $"{levels}, one for each of block_out_channels");
        foreach (var type in types)
            if (type != supported) throw new InvalidSettingException(field, type, supported);
    }
}
