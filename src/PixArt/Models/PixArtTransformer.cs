using System.Runtime.InteropServices;
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
        Tensor? single = null;
        if (leading > 0)
        {
            single = features.Narrow(0, 0, leading).Narrow(1, 0, 1);
            features = features.Narrow(0, leading, batch - leading);
            bias = bias is null || lengths!.AsSpan(leading).ContainsAnyExcept((int)tokens) ? bias?.Narrow(0, leading, batch - leading) : null;
        }
        // Folding pays, and stays small, while a caption has few tokens. Smaller types would round what they do not round otherwise.
        var folds = features.Size(1) * Config.NumAttentionHeads * 2 <= Config.HiddenSize && !GradMode.IsEnabled && Autocast.Type is null
            && Parameters is { DType: ScalarType.Float32, KeepsStored: false };
        var prepared = new List<BlockCaption>(blocks.Length);
        foreach (var block in blocks) prepared.Add(Prepare(block.CrossAttention));
        if (control is not null) foreach (var block in control.Blocks) prepared.Add(Prepare(block.Block.CrossAttention));
        return new CaptionState(batch, tokens, null, bias is null ? null : scope.Keep(bias), [.. prepared]);

        BlockCaption Prepare(CrossAttention cross)
        {
            var constant = single is null ? null : scope.Keep(cross.Constant(single));
            if (leading == batch) return new(null, null, constant);
            var (key, value) = folds && cross.CanFold ? cross.Folded(features) : cross.KeyValue(features);
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
        var x = patches.Forward(latents, grid);                                                         // [B, N, D]
        var selfBias = AttentionBias(attentionMask, x.DType);
        var checkpoint = GradientCheckpointing && GradMode.IsEnabled;
        // Without gradients each block writes into the residual stream itself; a checkpointed block must not touch its input.
        var inPlace = !GradMode.IsEnabled;
        var copies = captions.BatchSize / latents.Size(0);
        if (copies > 1 && (!inPlace || modulation.Size(0) > 1 || selfBias?.Size(0) > 1))
        {
            x = x.Repeat(copies, 1, 1);
            copies = 1;
        }
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
            Tensor Call(Tensor?[] t) => block.Forward(t[0]!, t[1]!, new(t[2], t[3], t[4]), t[5], t[6], grid, inPlace, perturbed, caption == 0 ? copies : 1);
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

/// <summary>The token grid of one forward pass: rows and columns of patches.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TokenGrid(long Height, long Width)
{
    internal static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.Shape)}]";
}

/// <summary>x + gate * SelfAttention(modulated LN(x)); x + CrossAttention(x, caption); x + gate * MLP(modulated LN(x)).</summary>
internal sealed class TransformerBlock
{
    readonly SelfAttention selfAttention;
    readonly FeedForward feedForward;
    readonly Tensor scaleShiftTable; // [6, D]: shift, scale, gate of attention, then of the MLP
    readonly double eps;

    internal TransformerBlock(ParameterScope p, PixArtTransformerConfig config, int layer)
    {
        long width = config.HiddenSize;
        eps = config.NormEps;
        scaleShiftTable = p.Get("scale_shift_table", [6, width], Init.Normal(1 / Math.Sqrt(width)));
        selfAttention = new SelfAttention(p.Sub("attn1"), config, layer);
        CrossAttention = new CrossAttention(p.Sub("attn2"), config);
        feedForward = new FeedForward(p.Sub("ff"), width);
    }

    internal CrossAttention CrossAttention { get; }

    internal void FuseProjections(ParameterStore parameters) => selfAttention.FuseProjections(parameters);

    // x [B / copies, N, D], modulation [B or 1, 6, D]; what repeats is repeated before the caption is read.
    internal Tensor Forward(Tensor x, Tensor modulation, BlockCaption caption, Tensor? captionBias, Tensor? selfBias,
        TokenGrid grid, bool inPlace, bool perturbed, long copies = 1)
    {
        using var scope = TensorScope.Begin();
        var m = (scaleShiftTable + modulation).Chunk(6, 1); // each [B or 1, 1, D]
        var modulated = Modulation.Apply(x, m[0], m[1], eps, inPlace);
        x = Add(x, perturbed ? selfAttention.Identity(modulated) : selfAttention.Forward(modulated, grid, selfBias), m[2], inPlace);
        if (copies > 1) x = x.Repeat(copies, 1, 1);
        x = AddCaption(x, caption, captionBias, inPlace);
        x = Add(x, feedForward.Forward(Modulation.Apply(x, m[3], m[4], eps, inPlace), inPlace), m[5], inPlace);
        return inPlace && copies == 1 ? x : scope.Keep(x);
    }

    // Captions of one token come first, and add the same everywhere.
    Tensor AddCaption(Tensor x, BlockCaption caption, Tensor? bias, bool inPlace)
    {
        if (caption.Constant is not { } constant) return Add(x, CrossAttention.Forward(x, caption.First!, caption.Second, bias), null, inPlace);
        var leading = constant.Size(0);
        if (caption.First is null) return inPlace ? x.AddInPlace(constant) : x + constant;
        var (head, tail) = (x.Narrow(0, 0, leading), x.Narrow(0, leading, x.Size(0) - leading));
        var seen = CrossAttention.Forward(tail, caption.First, caption.Second, bias);
        if (!inPlace) return Tensor.Cat([head + constant, tail + seen]);
        head.AddInPlace(constant);
        tail.AddInPlace(seen);
        seen.Dispose();
        return x;
    }

    // x + gate * branch; the branch's buffer goes as soon as it is added.
    static Tensor Add(Tensor x, Tensor branch, Tensor? gate, bool inPlace)
    {
        if (!inPlace) return gate is null ? x + branch : x + gate * branch;
        if (gate is null) x.AddInPlace(branch);
        else x.AddcmulInPlace(gate, branch, 1);
        branch.Dispose();
        return x;
    }
}

/// <summary>LN(x) * (1 + scale) + shift, LN without weights of its own.</summary>
internal static class Modulation
{
    internal static Tensor Apply(Tensor x, Tensor shift, Tensor scale, double eps, bool inPlace)
    {
        using var scope = TensorScope.Begin();
        long[] width = [x.Size(-1)];
        // One modulation for the whole batch (every timestep the same) is LayerNorm's own affine step: a single pass over x.
        if (shift.Size(0) == 1)
            return scope.Keep(Functional.LayerNorm(x, width, (scale + 1).Reshape(width), shift.Reshape(width), eps));
        var normed = Functional.LayerNorm(x, width, null, null, eps);
        if (!inPlace) return scope.Keep(normed * (scale + 1) + shift);
        normed.MulInPlace(scale + 1);
        normed.AddInPlace(shift);
        return scope.Keep(normed);
    }
}

/// <summary>Attention among image tokens, with the optional QK norm and key/value compression of PixArt-Σ.</summary>
internal sealed class SelfAttention
{
    const double InnerNormEps = 1e-5;
    readonly ParameterScope p;
    readonly int heads;
    readonly Linear toQ, toK, toV, toOut;
    readonly LayerNorm? qNorm, kNorm, norm;
    readonly KeyValueCompression? compression;
    readonly Conv2d? reduce;
    (Tensor Weight, Tensor? Bias)? fused;

    internal SelfAttention(ParameterScope p, PixArtTransformerConfig config, int layer)
    {
        this.p = p;
        long width = config.HiddenSize;
        heads = config.NumAttentionHeads;
        toQ = new Linear(p.Sub("to_q"), width, width, config.AttentionBias);
        toK = new Linear(p.Sub("to_k"), width, width, config.AttentionBias);
        toV = new Linear(p.Sub("to_v"), width, width, config.AttentionBias);
        toOut = new Linear(p.Sub("to_out", 0), width, width);
        if (config.QkNorm)
        {
            qNorm = new LayerNorm(p.Sub("q_norm"), width, InnerNormEps);
            kNorm = new LayerNorm(p.Sub("k_norm"), width, InnerNormEps);
        }
        if (config.KvCompression?.Applies(layer) != true) return;
        compression = config.KvCompression;
        if (compression.Sampling != KeyValueSampling.Conv) return;
        long factor = compression.ScaleFactor;
        reduce = new Conv2d(p.Sub("sr"), width, width, factor, stride: factor, groups: width, init: Init.Constant(1.0 / (factor * factor)));
        norm = new LayerNorm(p.Sub("norm"), width, InnerNormEps);
    }

    internal void FuseProjections(ParameterStore parameters)
    {
        if (fused is not null || toQ.IsExpanded) return;
        string[] layers = [p.Sub("to_q").Prefix, p.Sub("to_k").Prefix, p.Sub("to_v").Prefix];
        fused = (parameters.Join([.. layers.Select(layer => layer + "weight")]),
            toQ.Bias is null ? null : parameters.Join([.. layers.Select(layer => layer + "bias")]));
    }

    // x [B, N, D] -> [B, N, D]
    internal Tensor Forward(Tensor x, TokenGrid grid, Tensor? bias)
    {
        using var scope = TensorScope.Begin();
        var (q, k, v) = Project(x);
        if (qNorm is not null) (q, k) = (qNorm.Forward(q), kNorm!.Forward(k));
        if (compression is not null) (k, v) = (Compress(k, grid), Compress(v, grid));
        var attended = Functional.ScaledDotProductAttention(Heads.Split(q, heads), Heads.Split(k, heads), Heads.Split(v, heads), bias);
        return scope.Keep(toOut.Forward(Heads.Join(attended)));
    }

    // Every token attends to itself alone.
    internal Tensor Identity(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var value = fused is { } weights
            ? Functional.Linear(x, weights.Weight.Chunk(3)[2], weights.Bias?.Chunk(3)[2])
            : toV.Forward(x);
        return scope.Keep(toOut.Forward(value));
    }

    (Tensor Q, Tensor K, Tensor V) Project(Tensor x)
    {
        if (fused is not { } weights) return (toQ.Forward(x), toK.Forward(x), toV.Forward(x));
        var qkv = Functional.Linear(x, weights.Weight, weights.Bias).Chunk(3, -1);
        return (toQ.Adapt(x, qkv[0]), toK.Adapt(x, qkv[1]), toV.Adapt(x, qkv[2]));
    }

    // [B, N, D] -> [B, N / factor², D] ([B, N / factor, D] for UniformEvery)
    Tensor Compress(Tensor t, TokenGrid grid)
    {
        var factor = compression!.ScaleFactor;
        var (rows, columns, width) = (grid.Height / factor, grid.Width / factor, t.Size(-1));
        if (compression.Sampling == KeyValueSampling.UniformEvery) return t.Slice(1, 0, t.Size(1), factor);
        var map = t.Reshape(-1, grid.Height, grid.Width, width);
        if (reduce is null)
            return map.Slice(1, 0, rows * factor, factor).Slice(2, 0, columns * factor, factor).Reshape(-1, rows * columns, width);
        return norm!.Forward(reduce.Forward(map.Permute(0, 3, 1, 2)).Flatten(2, 3).Transpose(1, 2));
    }
}

/// <summary>Attention from image tokens to the caption; its keys and values depend on the caption alone.</summary>
internal sealed class CrossAttention
{
    readonly int heads;
    readonly Linear toQ, toK, toV, toOut;

    internal CrossAttention(ParameterScope p, PixArtTransformerConfig config)
    {
        long width = config.HiddenSize;
        heads = config.NumAttentionHeads;
        toQ = new Linear(p.Sub("to_q"), width, width, config.AttentionBias);
        toK = new Linear(p.Sub("to_k"), config.CrossAttentionDim, width, config.AttentionBias);
        toV = new Linear(p.Sub("to_v"), config.CrossAttentionDim, width, config.AttentionBias);
        toOut = new Linear(p.Sub("to_out", 0), width, width, init: Init.Zeros); // starts as an unconditional DiT
    }

    // [B, L, D] -> 2 x [B, heads, L, D/heads]
    internal (Tensor Key, Tensor Value) KeyValue(Tensor captions) =>
        (Heads.Split(toK.Forward(captions), heads), Heads.Split(toV.Forward(captions), heads));

    // What a caption of one token adds wherever it is asked. [B, 1, D] -> [B, 1, D]
    internal Tensor Constant(Tensor captions) => toOut.Forward(toV.Forward(captions));

    // An adapter that is not merged would be left out.
    internal bool CanFold => toQ.Adapter is null && toOut.Adapter is null;

    // The scores (x Wq + bq) K^T are x (Wq K^T) + bq K^T, and the result (P V) Wo is P (V Wo): with few keys the products in brackets are
    // small, and leave two narrow products with x where there were two square ones.
    // [B, L, D] -> [B, D + 1, heads L], the last row what bq gives, and [B, heads L, D]
    internal (Tensor Scores, Tensor Results) Folded(Tensor captions)
    {
        using var scope = TensorScope.Begin();
        var (key, value) = KeyValue(captions);                                                                // [B, heads, L, d]
        var (batch, length, width) = (captions.Size(0), captions.Size(1), toQ.Weight.Size(1));
        var each = toQ.Weight.Size(0) / heads;
        var scaled = key * (1 / Math.Sqrt(each));
        var queries = toQ.Dense().View(heads, each, width);
        Tensor Columns(Tensor t) => t.Reshape(batch, heads * length, -1).Transpose(1, 2);
        var constant = toQ.Bias is { } b ? scaled.MatMul(b.View(heads, each, 1)) : Tensor.Zeros([batch, heads, length, 1], device: captions.Device);
        var scores = Tensor.Cat([Columns(scaled.MatMul(queries)), Columns(constant)], 1);
        var outputs = toOut.Dense().View(-1, heads, each).Permute(1, 2, 0);                                    // [heads, d, D]
        return (scope.Keep(scores), scope.Keep(value.MatMul(outputs).Reshape(batch, heads * length, -1)));
    }

    Tensor ForwardFolded(Tensor x, Tensor scores, Tensor results, Tensor? bias)
    {
        using var scope = TensorScope.Begin();
        var width = x.Size(2);
        var all = x.MatMul(scores.Narrow(1, 0, width)).AddInPlace(scores.Narrow(1, width, 1));               // [B, N, heads L]
        var each = all.View(x.Size(0), x.Size(1), heads, -1);
        if (bias is not null) each.AddInPlace(bias);                                                          // [B, 1, 1, L]
        var seen = Functional.Softmax(each, -1).View(x.Size(0), x.Size(1), -1).MatMul(results);
        return scope.Keep(toOut.Bias is { } b ? seen.AddInPlace(b) : seen);
    }

    // x [B, N, D], and of B captions what BlockCaption says
    internal Tensor Forward(Tensor x, Tensor first, Tensor? second, Tensor? bias)
    {
        if (second?.Rank == 3) return ForwardFolded(x, first, second, bias);
        using var scope = TensorScope.Begin();
        var (key, value) = second is null ? KeyValue(first) : (first, second);
        var attended = Functional.ScaledDotProductAttention(Heads.Split(toQ.Forward(x), heads), key, value, bias);
        return scope.Keep(toOut.Forward(Heads.Join(attended)));
    }
}

/// <summary>Views between [B, N, D] and [B, heads, N, D/heads].</summary>
internal static class Heads
{
    internal static Tensor Split(Tensor t, int heads) => t.View(t.Size(0), t.Size(1), heads, t.Size(2) / heads).Transpose(1, 2);

    internal static Tensor Join(Tensor t) => t.Transpose(1, 2).Flatten(2, 3);
}

/// <summary>D -> 4D -> GELU (tanh) -> D.</summary>
internal sealed class FeedForward(ParameterScope p, long width)
{
    readonly Linear up = new(p.Sub("net", 0).Sub("proj"), width, 4 * width);
    readonly Linear down = new(p.Sub("net", 2), 4 * width, width);

    internal Tensor Forward(Tensor x, bool inPlace)
    {
        using var scope = TensorScope.Begin();
        var hidden = up.Forward(x);
        return scope.Keep(down.Forward(inPlace ? Functional.GeluInPlace(hidden, tanh: true) : Functional.Gelu(hidden, tanh: true)));
    }
}

/// <summary>Patches to tokens by a strided convolution, plus fixed 2-D sine-cosine positions.</summary>
internal sealed class PatchEmbedding(ParameterScope p, PixArtTransformerConfig config) : IDisposable
{
    // Xavier on the flattened patch, as for the Linear it really is.
    readonly Conv2d proj = new(p.Sub("proj"), config.InChannels, config.HiddenSize, config.PatchSize, stride: config.PatchSize, init: InitPatches);
    readonly PositionTables positions = new(config);

    static void InitPatches(Tensor weight, Generator? generator)
    {
        using var flat = weight.View(weight.Size(0), -1);
        Init.XavierUniform(flat, generator);
    }

    // [B, C, H, W] -> [B, N, D]
    internal Tensor Forward(Tensor latents, TokenGrid grid)
    {
        using var scope = TensorScope.Begin();
        var weight = proj.Weight;
        var tokens = proj.Forward(latents.To(weight.DType)).Flatten(2, 3).Transpose(1, 2).Contiguous();
        return scope.Keep(tokens + positions.Get(grid, weight.DType, weight.Device));
    }

    public void Dispose() => positions.Dispose();
}

/// <summary>Timestep and, where used, size and aspect ratio, to the modulation that all blocks share.</summary>
internal sealed class AdaLayerNormSingle
{
    readonly long width;
    readonly ScalarEmbedder timestepEmbedder;
    readonly ScalarEmbedder? resolutionEmbedder, aspectRatioEmbedder;
    readonly Linear linear;

    internal AdaLayerNormSingle(ParameterScope p, PixArtTransformerConfig config)
    {
        width = config.HiddenSize;
        var emb = p.Sub("emb");
        timestepEmbedder = new ScalarEmbedder(emb.Sub("timestep_embedder"), width);
        if (config.UseAdditionalConditions ?? Carried(emb, width) ?? config.SampleSize == 128)
        {
            resolutionEmbedder = new ScalarEmbedder(emb.Sub("resolution_embedder"), width / 3);
            aspectRatioEmbedder = new ScalarEmbedder(emb.Sub("aspect_ratio_embedder"), width / 3);
        }
        linear = new Linear(p.Sub("linear"), width, 6 * width, init: Init.Normal(0.02));
    }

    internal bool UsesAdditionalConditions => resolutionEmbedder is not null;

    // Whether the weights carry the size embedders; null where there are no weights.
    static bool? Carried(ParameterScope emb, long width) => emb.IsFromScratch ? null
        : width % 3 == 0 && emb.Optional("resolution_embedder.linear_1.weight", [width / 3, ScalarEmbedder.InFeatures]) is not null;

    // timestep [B] -> modulation [B or 1, 6, D], embedded [B or 1, 1, D]
    internal (Tensor Modulation, Tensor Embedded) Forward(Tensor timestep, long batch, Tensor? resolution, Tensor? aspectRatio)
    {
        using var scope = TensorScope.Begin();
        var embedded = timestepEmbedder.Forward(Rows("timestep", timestep.Reshape(-1, 1), batch, 1));
        if (resolutionEmbedder is not null)
        {
            if (resolution is null || aspectRatio is null)
                throw new InvalidSettingException(resolution is null ? "resolution" : "aspectRatio", "none", "a value: this model is conditioned on size and aspect ratio");
            var size = resolutionEmbedder.Forward(Rows("resolution", resolution, batch, 2));           // [B, 2 D/3]
            var aspect = aspectRatioEmbedder!.Forward(Rows("aspectRatio", aspectRatio, batch, 1));     // [B, D/3]
            var rows = Math.Max(size.Size(0), aspect.Size(0));
            embedded = embedded + Tensor.Cat([size.Expand(rows, -1), aspect.Expand(rows, -1)], 1);
        }
        var modulation = linear.Forward(Functional.Silu(embedded));
        return (scope.Keep(modulation.View(-1, 6, width)), scope.Keep(embedded.View(-1, 1, width)));
    }

    // A batch of equal rows becomes one row, which broadcasts (and spares the blocks a pass); a smaller batch is repeated.
    static Tensor Rows(string name, Tensor values, long batch, int columns)
    {
        var rows = values.Size(0);
        if (values.Rank != 2 || values.Size(1) != columns || rows == 0 || batch % rows != 0)
            throw new InvalidSettingException(name, TokenGrid.Text(values), $"[{batch}, {columns}]");
        if (rows == 1) return values;
        if (values.Device == Device.Cpu)
        {
            var numbers = values.To(ScalarType.Float32).Contiguous().ToArray<float>();
            if (numbers.AsSpan(columns).SequenceEqual(numbers.AsSpan(0, numbers.Length - columns))) return values.Narrow(0, 0, 1);
        }
        return rows == batch ? values : values.Repeat(batch / rows, 1);
    }
}

/// <summary>Numbers to vectors: 256 cosines and sines, then a two-layer MLP, each number on its own.</summary>
internal sealed class ScalarEmbedder(ParameterScope p, long width)
{
    internal const int InFeatures = 2 * Frequencies;
    const int Frequencies = 128;
    const double MaxPeriod = 10_000;
    readonly Linear linear1 = new(p.Sub("linear_1"), InFeatures, width, init: Init.Normal(0.02));
    readonly Linear linear2 = new(p.Sub("linear_2"), width, width, init: Init.Normal(0.02));

    // [B, n] -> [B, n * width]
    internal Tensor Forward(Tensor values)
    {
        using var scope = TensorScope.Begin();
        var (device, dtype) = (linear1.Weight.Device, p.DType);
        // In float32 whatever the weights are: bfloat16 cannot hold a timestep above 256.
        var frequencies = (Tensor.Arange(0, Frequencies, device: device) * -Math.Log(MaxPeriod) / Frequencies).Exp();
        var angles = values.To(device, ScalarType.Float32).Reshape(-1, 1) * frequencies;
        var sinusoid = Tensor.Cat([angles.Cos(), angles.Sin()], 1).To(dtype);
        return scope.Keep(linear2.Forward(Functional.Silu(linear1.Forward(sinusoid))).Reshape(values.Size(0), -1));
    }
}

/// <summary>Text features to the hidden width: Linear, GELU (tanh), Linear.</summary>
internal sealed class CaptionProjection(ParameterScope p, long channels, long width)
{
    readonly Linear linear1 = new(p.Sub("linear_1"), channels, width, init: Init.Normal(0.02));
    readonly Linear linear2 = new(p.Sub("linear_2"), width, width, init: Init.Normal(0.02));

    internal Tensor Forward(Tensor captions)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(linear2.Forward(Functional.Gelu(linear1.Forward(captions), tanh: true)));
    }
}
