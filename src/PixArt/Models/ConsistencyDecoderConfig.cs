using PixArt.Weights;
using static PixArt.Models.ModelConfigJson;

namespace PixArt.Models;

/// <summary>The shape of a <see cref="ConsistencyDecoder"/>. Field names and defaults are those of diffusers' <c>ConsistencyDecoderVAE</c>;
/// the default record is the decoder of DALL-E 3 as released.</summary>
public sealed record ConsistencyDecoderConfig
{
    /// <summary>The scaling factor of Stable Diffusion's autoencoder, whose latents the released decoder reads.</summary>
    public const double StableDiffusionScale = 0.18215;

    /// <summary>The encoder's shape, that of Stable Diffusion's autoencoder.</summary>
    public AutoencoderKLConfig Encoder { get; init; } = new() { UsePostQuantConv = false };

    /// <summary>Factor on the latents before their statistics are taken out.</summary>
    public double ScalingFactor { get; init; } = StableDiffusionScale;

    /// <summary>Channels at each resolution of the U-Net, from the picture's down.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [320, 640, 1024, 1024];

    /// <summary>Residual blocks at each resolution going down; one more going up.</summary>
    public int LayersPerBlock { get; init; } = 3;

    /// <summary>Groups of every GroupNorm.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Epsilon of every GroupNorm.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Timesteps of the noise schedule.</summary>
    public int NumTrainTimesteps { get; init; } = 1024;

    /// <summary>How many times smaller the latents' sides are than the pictures'.</summary>
    public int DownsampleFactor => Encoder.DownsampleFactor;

    /// <summary>Reads a <c>config.json</c> of diffusers.</summary>
    /// <param name="fields">The file. Unknown fields are ignored.</param>
    /// <exception cref="WeightsException">A field has the wrong type.</exception>
    /// <exception cref="InvalidSettingException">A field is out of range or asks for another architecture.</exception>
    public static ConsistencyDecoderConfig Read(ConfigJson fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.Require("_class_name", "ConsistencyDecoderVAE");
        fields.Require("encoder_act_fn", "silu");
        fields.Require("encoder_double_z", "true");
        fields.Require("encoder_in_channels", "3");
        fields.Require("decoder_add_attention", "false");
        fields.Require("decoder_resnet_time_scale_shift", "scale_shift");
        fields.Require("decoder_time_embedding_type", "learned");
        fields.Require("decoder_in_channels", "7");
        fields.Require("decoder_out_channels", "6");
        var widths = fields.Ints("encoder_block_out_channels", [128, 256, 512, 512]);
        return new ConsistencyDecoderConfig
        {
            Encoder = new AutoencoderKLConfig
            {
                BlockOutChannels = widths,
                LayersPerBlock = fields.Int("encoder_layers_per_block", 2),
                NormNumGroups = fields.Int("encoder_norm_num_groups", 32),
                LatentChannels = fields.Int("latent_channels", 4),
                SampleSize = Math.Max(fields.Int("sample_size", 32), 1 << (widths.Length - 1)),
                UsePostQuantConv = false,
            },
            ScalingFactor = fields.Number("scaling_factor", StableDiffusionScale),
            BlockOutChannels = fields.Ints("decoder_block_out_channels", [320, 640, 1024, 1024]),
            LayersPerBlock = fields.Int("decoder_layers_per_block", 3),
            NormNumGroups = fields.Int("decoder_norm_num_groups", 32),
            NormEps = fields.Number("decoder_norm_eps", 1e-5),
            NumTrainTimesteps = fields.Int("decoder_num_train_timesteps", 1024),
        }.Validate();
    }

    /// <summary>Checks every field and answers this record.</summary>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names it.</exception>
    public ConsistencyDecoderConfig Validate()
    {
        Encoder.Validate();
        if (Encoder.LatentChannels != 4) throw new InvalidSettingException("latent_channels", Encoder.LatentChannels, "4: the statistics taken out are of four channels");
        Positive("scaling_factor", ScalingFactor);
        Positive("decoder_layers_per_block", LayersPerBlock);
        Positive("decoder_norm_num_groups", NormNumGroups);
        Positive("decoder_norm_eps", NormEps);
        if (BlockOutChannels.Count == 0) throw new InvalidSettingException("decoder_block_out_channels", "an empty list", "a width for each resolution");
        foreach (var width in BlockOutChannels)
            if (width < 1 || width % NormNumGroups != 0)
                throw new InvalidSettingException("decoder_block_out_channels", width, $"multiples of decoder_norm_num_groups, {NormNumGroups}");
        if (NumTrainTimesteps <= ConsistencySchedule.First)
            throw new InvalidSettingException("decoder_num_train_timesteps", NumTrainTimesteps, $"more than {ConsistencySchedule.First}, where decoding begins");
        return this;
    }

    /// <summary>Refuses latents of an autoencoder that this decoder was not made for: SDXL's give wrong colours and shapes.</summary>
    /// <param name="autoencoder">The autoencoder that the denoiser was trained with.</param>
    /// <exception cref="InvalidSettingException">It is another one than Stable Diffusion's.</exception>
    public void RequireLatentsOf(AutoencoderKLConfig autoencoder)
    {
        ArgumentNullException.ThrowIfNull(autoencoder);
        if (Math.Abs(autoencoder.ScalingFactor - StableDiffusionScale) > 1e-6 || autoencoder.LatentChannels != Encoder.LatentChannels)
            throw new InvalidSettingException("consistency decoder", $"used with latents of scaling factor {autoencoder.ScalingFactor}",
                $"latents of Stable Diffusion's autoencoder ({StableDiffusionScale}), as PixArt-α has; PixArt-Σ's are SDXL's");
    }
}
