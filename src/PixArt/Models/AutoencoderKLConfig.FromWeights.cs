using System.Globalization;
using PixArt.Weights;

namespace PixArt.Models;

public sealed partial record AutoencoderKLConfig
{
    /// <summary>The shape that weights have. The scaling factor is not in them: Stable Diffusion's and SDXL's autoencoders look alike.</summary>
    /// <param name="weights">An autoencoder under diffusers' names.</param>
    /// <param name="scalingFactor">0.18215 for Stable Diffusion's (PixArt-α), 0.13025 for SDXL's (PixArt-Σ).</param>
    /// <exception cref="WeightsException">A tensor that every autoencoder has is missing.</exception>
    /// <exception cref="InvalidSettingException">The shapes are not those of an autoencoder.</exception>
    public static AutoencoderKLConfig FromWeights(WeightsSource weights, double scalingFactor = 0.18215)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var shapes = new WeightShapes(weights);
        int[] channels = [.. Enumerable.Range(0, shapes.Count("encoder.down_blocks.")).Select(level => shapes.Size(
            string.Create(CultureInfo.InvariantCulture, $"encoder.down_blocks.{level}.resnets.0.conv1.weight"), 0, rank: 4))];
        var groups = channels.Aggregate(32, Common);
        return new AutoencoderKLConfig
        {
            InChannels = shapes.Size("encoder.conv_in.weight", 1, rank: 4),
            OutChannels = shapes.Size("decoder.conv_out.weight", 0, rank: 4),
            BlockOutChannels = channels,
            LayersPerBlock = shapes.Count("encoder.down_blocks.0.resnets."),
            LatentChannels = shapes.Size("decoder.conv_in.weight", 1, rank: 4),
            NormNumGroups = groups,
            ScalingFactor = scalingFactor,
            UseQuantConv = weights.Has("quant_conv.weight"),
            UsePostQuantConv = weights.Has("post_quant_conv.weight"),
            MidBlockAddAttention = weights.Has("encoder.mid_block.attentions.0.to_q.weight"),
        }.Validate();
    }

    static int Common(int a, int b) => b == 0 ? a : Common(b, a % b);
}
