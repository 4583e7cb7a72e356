using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>PixArt's diffusion transformer: a DiT whose blocks read the caption by cross-attention and share one adaptive
/// LayerNorm projection, "adaLN-single" (PixArt-α, section 2.3). Parameters carry the names of diffusers'
/// <c>PixArtTransformer2DModel</c>; one class covers α-256/512/1024, Σ-256…2K and any depth.</summary>
/// <remarks>Shapes: B batch, C latent channels, H x W latent pixels, N = (H/p)(W/p) tokens, D hidden width, L caption tokens.</remarks>
public sealed class PixArtTransformer : Module
{
    readonly PatchEmbedding patches;
    readonly AdaLayerNormSingle adaln;
    readonly CaptionProjection? captionProjection;
    readonly TransformerBlock[] blocks;
    readonly Tensor scaleShiftTable; // [2, D]
    readonly Linear projOut;

    /// <summary>Builds the model over <paramref name="parameters"/>: loaded where its source has them, else initialised for training
    /// from scratch as PixArt does (Xavier-uniform, the last layer and every cross-attention output zero).</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <exception cref="InvalidSettingException">The config is out of range.</exception>
    public PixArtTransformer(PixArtTransformerConfig config, ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validate();
        using var scope = TensorScope.Begin();
        var (root, width) = (parameters.Root, (long)config.HiddenSize);
        patches = new PatchEmbedding(root.Sub("pos_embed"), config);
        adaln = new AdaLayerNormSingle(root.Sub("adaln_single"), config);
        if (config.CaptionChannels is { } channels) captionProjection = new CaptionProjection(root.Sub("caption_projection"), channels, width);
        blocks = new TransformerBlock[config.NumLayers];
        for (var layer = 0; layer < blocks.Length; layer++)
            blocks[layer] = new TransformerBlock(root.Sub("transformer_blocks", layer), config, layer);
        scaleShiftTable = root.Get("scale_shift_table", [2, width], Init.Normal(1 / Math.Sqrt(width)));
        projOut = new Linear(root.Sub("proj_out"), width, (long)config.PatchSize * config.PatchSize * config.OutChannels, init: Init.Zeros);
    }

    /// <summary>The model's shape.</summary>
    public PixArtTransformerConfig Config { get; }

    /// <summary>Whether size and aspect ratio condition this model: as the config says, or where it is silent, as the weights do.</summary>
    public bool UsesAdditionalConditions => adaln.UsesAdditionalConditions;

    /// <summary>Recomputes each block in the backward pass instead of keeping its intermediates: less memory, one more forward.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>Joins each block's self-attention query, key and value weights into one matrix multiplication. The separate
    /// parameters become views of it, so memory and saved names stay as they were. Nothing happens where weights are expanded at each use.
    /// For inference.</summary>
    public void FuseProjections()
    {
        foreach (var block in blocks) block.FuseProjections(Parameters);
    }

    /// <summary>Does once what depends on the caption alone: drops padded tokens, projects the rest, and computes every block's
    /// cross-attention keys and values; those of short captions are multiplied into the weights around them, and those of one token (the empty
    /// text), where such captions come first, become the constant that they add.</summary>
    /// <param name="captions">Text features [B, L, caption channels].</param>
    /// <param name="mask">1 for real tokens, 0 for padding [B, L]; or an additive bias [B, 1, L]; or none.</param>
    /// <param name="control">The ControlNet whose blocks shall read the captions too; none: they cannot be used with one.</param>
    /// <returns>A state for any number of <see cref="Forward(Tensor, Tensor, CaptionState, Tensor, Tensor, Tensor, IReadOnlySet{int}, ControlSignal)"/> calls; dispose it.</returns>
    public CaptionState EncodeCaptions(Tensor captions, Tensor? mask = null, PixArtControlNet? control = null)
    {
        using var scope = TensorScope.Begin();
        var (features, bias, lengths) = ProjectCaptions(captions, mask);
        var (batch, tokens) = (features.Size(0), features.Size(1));
        var leading = lengths is null ? 0 : lengths.TakeWhile(length => length == 1).Count();
        var firsts = features.Narrow(1, 0, 1);
        if (leading > 0)
        {
            features = features.Narrow(0, leading, batch - leading);
            bias = bias is null || lengths!.AsSpan(leading).ContainsAnyExcept((int)tokens) ? bias?.Narrow(0, leading, batch - leading) : null;
        }
        // Folding pays, and stays small, while a caption has few tokens. Smaller types would round what they do not round otherwise, and so does
        // single precision where a mask takes 10,000 from every score.
        var folds = tokens > 1 && lengths?.Contains(0) != true && tokens * Config.NumAttentionHeads * 2 <= Config.HiddenSize && !GradMode.IsEnabled && Autocast.Type is null
            && Parameters is { DType: ScalarType.Float32, KeepsStored: false };
        var prepared = new List<BlockCaption>(blocks.Length);
        foreach (var block in blocks) prepared.Add(Prepare(block.CrossAttention));
        if (control is not null) foreach (var block in control.Blocks) prepared.Add(Prepare(block.Block.CrossAttention));
        return new CaptionState(batch, tokens, null, bias is null ? null : scope.Keep(bias), [.. prepared]);

        BlockCaption Prepare(CrossAttention cross)
        {
            var folded = folds && cross.CanFold;
            var constant = folded ? cross.Constant(firsts) : leading > 0 ? cross.Constant(firsts.Narrow(0, 0, leading)) : null;
            if (constant is not null) scope.Keep(constant);
            if (leading == batch) return new(null, null, constant);
            var (key, value) = folded ? cross.Folded(features) : cross.KeyValue(features);
            return new(scope.Keep(key), scope.Keep(value), constant);
        }
    }

    /// <summary>Predicts from latents and text features.</summary>
    /// <param name="latents">[B, C, H, W]; H and W divisible by the patch size.</param>
    /// <param name="timestep">[B] or [1], any numeric type; fractions are honoured.</param>
    /// <param name="captions">Text features [B, L, caption channels].</param>
    /// <param name="captionMask">1 for real tokens, 0 for padding [B, L]; or an additive bias [B, 1, L]; or none.</param>
    /// <param name="resolution">Height and width in pixels [B, 2], for models with additional conditions. A smaller batch is repeated.</param>
    /// <param name="aspectRatio">Height / width [B, 1], likewise.</param>
    /// <param name="attentionMask">1 for tokens that self-attention may see [B, N]; or an additive bias [B, 1, N]; or none.</param>
    /// <param name="control">A condition that steers the prediction, from <see cref="PixArtControlNet.Encode"/>; or none.</param>
    /// <returns>[B, out channels, H, W]: the noise, and where learned the variance after it.</returns>
    /// <exception cref="InvalidSettingException">A shape does not fit the model, or conditions that it needs are missing.</exception>
    public Tensor Forward(Tensor latents, Tensor timestep, Tensor captions, Tensor? captionMask = null, Tensor? resolution = null,
        Tensor? aspectRatio = null, Tensor? attentionMask = null, ControlSignal? control = null)
    {
        using var scope = TensorScope.Begin();
        var (features, bias, _) = ProjectCaptions(captions, captionMask);
        // Keys and values are left to the blocks: under gradient checkpointing they are then never all alive.
        return scope.Keep(Forward(latents, timestep, new CaptionState(features.Size(0), features.Size(1), features, bias, null), resolution, aspectRatio, attentionMask, control: control));
    }

    /// <summary>Predicts from latents and captions that <see cref="EncodeCaptions"/> prepared; the same result as from the text features.</summary>
    /// <param name="latents">[B, C, H, W]; H and W divisible by the patch size. A smaller batch is repeated: what comes before the captions are
    /// first read is then computed once.</param>
    /// <param name="timestep">[B] or [1], any numeric type; fractions are honoured.</param>
    /// <param name="captions">What <see cref="EncodeCaptions"/> answered for B captions.</param>
    /// <param name="resolution">Height and width in pixels [B, 2], for models with additional conditions. A smaller batch is repeated.</param>
    /// <param name="aspectRatio">Height / width [B, 1], likewise.</param>
    /// <param name="attentionMask">1 for tokens that self-attention may see [B, N]; or an additive bias [B, 1, N]; or none.</param>
    /// <param name="perturbedBlocks">Blocks, from 0, whose self-attention sees each token alone (an identity attention map), for
    /// perturbed-attention guidance; or none.</param>
    /// <param name="control">A condition that steers the prediction, from <see cref="PixArtControlNet.Encode"/>; or none.</param>
    /// <returns>[B, out channels, H, W]: the noise, and where learned the variance after it.</returns>
    /// <exception cref="InvalidSettingException">A shape does not fit the model, or conditions that it needs are missing.</exception>
    public Tensor Forward(Tensor latents, Tensor timestep, CaptionState captions, Tensor? resolution = null, Tensor? aspectRatio = null,
        Tensor? attentionMask = null, IReadOnlySet<int>? perturbedBlocks = null, ControlSignal? control = null)
    {
        ArgumentNullException.ThrowIfNull(captions);
        var grid = CheckLatents(latents, captions);
        if (control is not null && !captions.Covers(blocks.Length + control.Model.Blocks.Length))
            throw new InvalidSettingException("captions", "encoded for the transformer alone", "captions that were encoded with the ControlNet too");
        using var scope = TensorScope.Begin();
        var (modulation, embedded) = adaln.Forward(timestep, captions.BatchSize, resolution, aspectRatio); // [B, 6, D], [B, 1, D]
        var selfBias = AttentionBias(attentionMask, scaleShiftTable.DType);
        var checkpoint = GradientCheckpointing && GradMode.IsEnabled;
        // Without gradients each block writes into the residual stream itself; a checkpointed block must not touch its input.
        var inPlace = !GradMode.IsEnabled;
        var copies = captions.BatchSize / latents.Size(0);
        if (copies > 1 && (!inPlace || modulation.Size(0) > 1 || selfBias?.Size(0) > 1))
        {
            latents = latents.Repeat(copies, 1, 1, 1);
            copies = 1;
        }
        var x = patches.Forward(latents, grid);                                                         // [B, N, D]
        // Perturbed, the first block does not compare its tokens; a batch of modulations does not go with one set of rows.
        var factors = inPlace && Autocast.Type is null && modulation.Size(0) == 1 && perturbedBlocks?.Contains(0) != true && blocks[0].TakesFactors
            ? patches.Factors(latents, grid) : null;
        Tensor? side = null;                                                                            // the ControlNet's own stream
        for (var i = 0; i < blocks.Length; i++)
        {
            var before = x;
            if (control is not null && i > 0 && i <= control.Model.Blocks.Length)
            {
                var copy = control.Model.Blocks[i - 1];
                var into = side ?? control.Enter(x, grid);
                side = Run(copy.Block, into, blocks.Length + i - 1, perturbed: false);
                if (!ReferenceEquals(side, into)) into.Dispose();
                x = control.Leave(copy, x, side, inPlace);
                if (!ReferenceEquals(x, before)) before.Dispose();
                before = x;
            }
            x = Run(blocks[i], x, i, perturbedBlocks?.Contains(i) == true);
            if (!ReferenceEquals(x, before)) before.Dispose();
        }
        var shiftScale = scaleShiftTable + embedded;                                                    // [B, 2, D]
        x = projOut.Forward(Modulation.Apply(x, shiftScale.Narrow(1, 0, 1), shiftScale.Narrow(1, 1, 1), Config.NormEps, inPlace));
        return scope.Keep(Unpatchify(x, grid));

        Tensor Run(TransformerBlock block, Tensor input, int caption, bool perturbed)
        {
            var (first, second, constant) = captions.Of(caption);
            Tensor Call(Tensor?[] t) => block.Forward(t[0]!, caption == 0 ? factors : null, t[1]!, new(t[2], t[3], t[4]), t[5], t[6], grid, inPlace, perturbed, caption == 0 ? copies : 1);
            Tensor?[] inputs = [input, modulation, first, second, constant, captions.Bias, selfBias];
            return checkpoint ? Checkpoint(Call, inputs) : Call(inputs);
        }
    }

    /// <summary>Latents [B, C, H, W] as tokens with their positions [B, N, D], and their grid.</summary>
    internal (Tensor Tokens, TokenGrid Grid) Embed(string name, Tensor latents)
    {
        var grid = GridOf(name, latents);
        return (patches.Forward(latents, grid), grid);
    }

    // Everything that a block reads goes in as an input: by the backward pass the caller has disposed it.
    static Tensor Checkpoint(Func<Tensor?[], Tensor> function, Tensor?[] inputs)
    {
        var given = Array.ConvertAll(inputs, input => input is not null);
        return Autograd.Checkpoint(saved =>
        {
            var next = 0;
            return function(Array.ConvertAll(given, there => there ? saved[next++] : null));
        }, [.. inputs.OfType<Tensor>()]);
    }

    // Patch row and column interleave with the token grid; channels are innermost in a token. [B, N, p*p*out] -> [B, out, H, W]
    Tensor Unpatchify(Tensor x, TokenGrid grid)
    {
        long p = Config.PatchSize;
        return x.Reshape(-1, grid.Height, grid.Width, p, p, Config.OutChannels)
            .Permute(0, 5, 1, 3, 2, 4)
            .Reshape(-1, Config.OutChannels, grid.Height * p, grid.Width * p);
    }

    (Tensor Features, Tensor? Bias, int[]? Lengths) ProjectCaptions(Tensor captions, Tensor? mask)
    {
        var channels = Config.CaptionChannels ?? Config.CrossAttentionDim;
        if (captions.Rank != 3 || captions.Size(2) != channels)
            throw new InvalidSettingException("captions", TokenGrid.Text(captions), $"text features [B, L, {channels}]");
        var (tokens, bias, lengths) = CaptionTokens.DropPadding(captions.To(scaleShiftTable.DType), mask);
        return (captionProjection is null ? tokens : captionProjection.Forward(tokens), bias, lengths);
    }

    TokenGrid CheckLatents(Tensor latents, CaptionState captions)
    {
        var grid = GridOf("latents", latents);
        if (latents.Size(0) == 0 || captions.BatchSize % latents.Size(0) != 0)
            throw new InvalidSettingException("captions", $"a batch of {captions.BatchSize}", $"the latents' batch of {latents.Size(0)}, or a multiple");
        return grid;
    }

    TokenGrid GridOf(string name, Tensor latents)
    {
        var p = Config.PatchSize;
        if (latents.Rank != 4 || latents.Size(1) != Config.InChannels || latents.Size(2) % p != 0 || latents.Size(3) % p != 0)
            throw new InvalidSettingException(name, TokenGrid.Text(latents), $"[B, {Config.InChannels}, H, W] with H and W divisible by {p}");
        return new TokenGrid(latents.Size(2) / p, latents.Size(3) / p);
    }

    // [B, N] of ones and zeros -> [B, 1, 1, N] added to the scores; a bias [B, 1, N] passes.
    static Tensor? AttentionBias(Tensor? mask, ScalarType dtype) => mask switch
    {
        null => null,
        { Rank: 2 } => ((1 - mask.To(dtype)) * CaptionTokens.Masked).Unsqueeze(1).Unsqueeze(1),
        _ => mask.To(dtype).Unsqueeze(1),
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) patches.Dispose();
        base.Dispose(disposing);
    }
}
