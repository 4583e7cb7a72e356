using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The encoder of TAESD: a picture to the denoiser's latents. Parameters carry the names of diffusers' <c>AutoencoderTiny</c>.</summary>
public sealed class TinyEncoder : Module
{
    readonly (Conv2d In, TinyBlock[] Blocks)[] levels; // In: from RGB, then halving the side
    readonly Conv2d convOut;

    /// <summary>Builds the encoder over <paramref name="parameters"/>: loaded where its source has them, else initialised.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <exception cref="InvalidSettingException">The config is out of range.</exception>
    public TinyEncoder(AutoencoderTinyConfig config, ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validate();
        var (root, layer) = (parameters.Root.Sub("encoder"), 0);
        levels = new (Conv2d, TinyBlock[])[config.EncoderBlocks.Count];
        for (var i = 0; i < levels.Length; i++)
        {
            var into = i == 0
                ? new Conv2d(root.Sub("layers", layer++), 3, config.Width, 3, padding: 1)
                : new Conv2d(root.Sub("layers", layer++), config.Width, config.Width, 3, stride: 2, padding: 1, bias: false);
            levels[i] = (into, TinyBlock.Stack(root, ref layer, config.EncoderBlocks[i], config.Width));
        }
        convOut = new Conv2d(root.Sub("layers", layer), config.Width, config.LatentChannels, 3, padding: 1);
    }

    /// <summary>The model's shape.</summary>
    public AutoencoderTinyConfig Config { get; }

    /// <summary>Pictures to latents.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>[B, C, h, w] as the denoiser has them (scaled); an eighth of the sides for TAESD as released.</returns>
    public Tensor Encode(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Rank != 4 || images.Size(1) != 3)
            throw new InvalidSettingException("images", TokenGrid.Text(images), "[B, 3, height, width]");
        using var scope = TensorScope.Begin();
        var chain = new Chain((images.To(convOut.Weight.DType) + 1) / 2);
        foreach (var (into, blocks) in levels)
        {
            chain.Next(into.Forward);
            foreach (var block in blocks) chain.Next(block.Forward);
        }
        var latents = chain.Next(convOut.Forward);
        return scope.Keep(Config.ScalingFactor.Equals(1) ? latents : latents * Config.ScalingFactor);
    }
}
