using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The decoder of TAESD (Bohan 2023): latents to a picture in a few milliseconds, close enough for a preview. Parameters carry
/// the names of diffusers' <c>AutoencoderTiny</c>; its other weights are the encoder's (<see cref="TinyEncoder"/>).</summary>
public sealed class TinyDecoder : Module
{
    readonly Conv2d convIn;
    readonly (TinyBlock[] Blocks, Conv2d Out)[] levels; // Out: after doubling the side, at the last level to RGB

    /// <summary>Builds the decoder over <paramref name="parameters"/>: loaded where its source has them, else initialised.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <exception cref="InvalidSettingException">The config is out of range.</exception>
    public TinyDecoder(AutoencoderTinyConfig config, ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validate();
        var (root, layer) = (parameters.Root.Sub("decoder"), 0);
        // The numbers of diffusers' list, in which ReLU and upsampling count as layers.
        convIn = new Conv2d(root.Sub("layers", layer), config.LatentChannels, config.Width, 3, padding: 1);
        layer += 2;
        levels = new (TinyBlock[], Conv2d)[config.DecoderBlocks.Count];
        for (var i = 0; i < levels.Length; i++)
        {
            var blocks = TinyBlock.Stack(root, ref layer, config.DecoderBlocks[i], config.Width);
            var last = i == levels.Length - 1;
            if (!last) layer++;
            levels[i] = (blocks, new Conv2d(root.Sub("layers", layer++), config.Width, last ? 3 : config.Width, 3, padding: 1, bias: last));
        }
    }

    /// <summary>The model's shape.</summary>
    public AutoencoderTinyConfig Config { get; }

    /// <summary>Latents to pictures.</summary>
    /// <param name="latents">[B, C, h, w] as the denoiser has them (scaled).</param>
    /// <returns>[B, 3, H, W], nominally in [-1, 1], not clamped; eight times the sides for TAESD as released.</returns>
    public Tensor Decode(Tensor latents)
    {
        ArgumentNullException.ThrowIfNull(latents);
        if (latents.Rank != 4 || latents.Size(1) != Config.LatentChannels)
            throw new InvalidSettingException("latents", TokenGrid.Text(latents), $"[B, {Config.LatentChannels}, height, width]");
        using var scope = TensorScope.Begin();
        var scaled = Config.ScalingFactor.Equals(1) ? latents : latents / Config.ScalingFactor;
        var chain = new Chain(Functional.Relu(convIn.Forward((scaled.To(convIn.Weight.DType) / 3).Tanh() * 3)));
        for (var i = 0; i < levels.Length; i++)
        {
            foreach (var block in levels[i].Blocks) chain.Next(block.Forward);
            if (i < levels.Length - 1) chain.Next(x => Functional.InterpolateNearest(x, [2 * x.Size(2), 2 * x.Size(3)]));
            chain.Next(levels[i].Out.Forward);
        }
        return scope.Keep(chain.Next(x => x * 2 - 1));
    }
}

/// <summary>ReLU(x + three 3x3 convolutions with ReLU between).</summary>
internal sealed class TinyBlock(ParameterScope p, int width)
{
    readonly Conv2d first = new(p.Sub("conv", 0), width, width, 3, padding: 1);
    readonly Conv2d second = new(p.Sub("conv", 2), width, width, 3, padding: 1);
    readonly Conv2d third = new(p.Sub("conv", 4), width, width, 3, padding: 1);

    internal static TinyBlock[] Stack(ParameterScope root, ref int layer, int count, int width)
    {
        var blocks = new TinyBlock[count];
        for (var i = 0; i < count; i++) blocks[i] = new TinyBlock(root.Sub("layers", layer++), width);
        return blocks;
    }

    internal Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var chain = new Chain(Functional.Relu(first.Forward(x)));
        chain.Next(h => Functional.Relu(second.Forward(h)));
        return scope.Keep(chain.Next(h => Functional.Relu(third.Forward(h) + x)));
    }
}
