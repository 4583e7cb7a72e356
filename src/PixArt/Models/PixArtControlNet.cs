using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The ControlNet-Transformer of PixArt-δ (section 4): copies of a transformer's first blocks that read a condition picture
/// beside the frozen base and add to what goes into the base's next blocks. Parameters carry the names of diffusers' research class
/// <c>PixArtControlNetAdapterModel</c>, which SimpleTuner uses too.</summary>
/// <remarks>Copy j stands before base block j + 1. The first one reads what base block 0 made plus the projected condition (although
/// it is a copy of block 0 itself), every other one what the copy before it made; a linear layer takes its result to the base. Both
/// kinds of linear layer start at zero, so an untrained ControlNet changes nothing. Shapes as in <see cref="PixArtTransformer"/>.</remarks>
public sealed class PixArtControlNet : Module
{
    readonly ControlBlock[] blocks;
    readonly int width;

    /// <summary>Builds the model over <paramref name="parameters"/>: loaded where its source has them, else the blocks initialised as
    /// a transformer's. Training starts from the base's own blocks: see <see cref="BlockName"/>.</summary>
    /// <param name="config">How many blocks.</param>
    /// <param name="transformer">The shape of the transformer whose blocks they copy.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <exception cref="InvalidSettingException">The config is out of range, or does not fit the transformer.</exception>
    public PixArtControlNet(PixArtControlNetConfig config, PixArtTransformerConfig transformer, ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.For(transformer);
        width = transformer.HiddenSize;
        using var scope = TensorScope.Begin();
        blocks = new ControlBlock[config.NumLayers];
        for (var layer = 0; layer < blocks.Length; layer++)
            blocks[layer] = new ControlBlock(parameters.Root.Sub("controlnet_blocks", layer), transformer, layer);
    }

    /// <summary>The model's shape.</summary>
    public PixArtControlNetConfig Config { get; }

    internal ReadOnlySpan<ControlBlock> Blocks => blocks;

    /// <summary>The name in the base of the parameter that one of ours starts from; null for the linear layers, which start at zero.</summary>
    /// <param name="name">A name of this model, such as <c>controlnet_blocks.3.transformer_block.attn1.to_q.weight</c>.</param>
    public static string? BlockName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        const string block = ".transformer_block.";
        var at = name.IndexOf(block, StringComparison.Ordinal);
        return at < 0 ? null : $"transformer_blocks{name["controlnet_blocks".Length..at]}.{name[(at + block.Length)..]}";
    }

    /// <summary>Joins each block's self-attention query, key and value weights, as <see cref="PixArtTransformer.FuseProjections"/>. For inference.</summary>
    public void FuseProjections()
    {
        foreach (var block in blocks) block.Block.FuseProjections(Parameters);
    }

    /// <summary>Does once what depends on the condition alone: patches, positions, the first linear layer.</summary>
    /// <param name="transformer">The base, whose patch embedding and positions are used.</param>
    /// <param name="condition">The condition's latents [1 or B, C, H, W], scaled like the latents that are denoised.</param>
    /// <param name="strength">Factor on what is added to the base; 0 leaves the base as it is, 1 is what was trained.</param>
    /// <returns>For <see cref="PixArtTransformer.Forward(Tensor, Tensor, CaptionState, Tensor, Tensor, Tensor, IReadOnlySet{int}, ControlSignal)"/>; dispose it.</returns>
    /// <exception cref="InvalidSettingException">The condition's shape or the transformer does not fit.</exception>
    public ControlSignal Encode(PixArtTransformer transformer, Tensor condition, double strength = 1)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        ArgumentNullException.ThrowIfNull(condition);
        if (!double.IsFinite(strength)) throw new InvalidSettingException("control strength", strength, "a finite number");
        if (transformer.Config.HiddenSize != width || transformer.Config.NumLayers <= blocks.Length)
            throw new InvalidSettingException("transformer", $"{transformer.Config.NumLayers} blocks of width {transformer.Config.HiddenSize}",
                $"more than {blocks.Length} blocks of width {width}, as this ControlNet's");
        using var scope = TensorScope.Begin();
        var (tokens, grid) = transformer.Embed("control condition", condition);
        return new ControlSignal(this, scope.Keep(blocks[0].Before!.Forward(tokens)), grid, strength);
    }
}

/// <summary>One copy of a transformer block with its way in (the first copy only) and its way out.</summary>
internal sealed class ControlBlock(ParameterScope p, PixArtTransformerConfig config, int layer)
{
    internal Linear? Before { get; } = layer > 0 ? null : new Linear(p.Sub("before_proj"), config.HiddenSize, config.HiddenSize, init: Init.Zeros);

    internal TransformerBlock Block { get; } = new(p.Sub("transformer_block"), config, layer);

    internal Linear After { get; } = new(p.Sub("after_proj"), config.HiddenSize, config.HiddenSize, init: Init.Zeros);
}
