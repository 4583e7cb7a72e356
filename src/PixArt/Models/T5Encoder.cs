using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Models;

/// <summary>The encoder of T5 (v1.1 with gated GELU, v1.0 with ReLU): token ids to the features that PixArt reads as a caption.
/// Parameters carry the names of transformers' <c>T5EncoderModel</c>.</summary>
/// <remarks>Shapes: B batch, L tokens, D model width.</remarks>
public sealed class T5Encoder : Module
{
    readonly Tensor embedding;          // [vocabulary, D]
    readonly Tensor relativeBias;       // [buckets, heads], of the first block, used by all
    readonly T5Blocks blocks;
    readonly Tensor finalNorm;          // [D]

    /// <summary>Builds the encoder over <paramref name="parameters"/>: loaded where its source has them, else initialised as T5 does.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <param name="streamed">Whether the blocks are left in the source: each is loaded when a text has come to it and freed after it, so that
    /// one of them is in memory at a time. Names and shapes are checked at once; the source must outlive the model. For inference.</param>
    /// <exception cref="InvalidSettingException">The config is out of range.</exception>
    public T5Encoder(T5EncoderConfig config, ParameterStore parameters, bool streamed = false) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validate();
        var root = parameters.Root;
        var encoder = root.Sub("encoder");
        // The embedding is tied: files carry it under either name.
        long[] table = [config.VocabSize, config.DModel];
        embedding = root.OptionalMatrix("shared.weight", table) ?? encoder.OptionalMatrix("embed_tokens.weight", table)
            ?? root.Get("shared.weight", table, Init.Normal(1));
        relativeBias = root.Get(PositionBiasName, [config.RelativeAttentionNumBuckets, config.NumHeads], Init.Normal(Math.Pow(config.DModel, -0.5)));
        blocks = streamed ? new T5BlockStream(Config, parameters) : new T5LoadedBlocks(Config, parameters);
        finalNorm = encoder.Get("final_layer_norm.weight", [config.DModel], Init.Ones);
    }

    /// <summary>The parameter [buckets, heads] of relative positions; the first block's, used by all.</summary>
    internal const string PositionBiasName = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";

    /// <summary>The model's shape.</summary>
    public T5EncoderConfig Config { get; }

    /// <summary>Recomputes each block in the backward pass instead of keeping its intermediates.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>Encodes token ids.</summary>
    /// <param name="ids">Token ids [B, L], 64-bit integers.</param>
    /// <param name="mask">1 for real tokens, 0 for padding [B, L], or none. Padding is not attended to; its own rows are still computed.</param>
    /// <returns>Features [B, L, D].</returns>
    /// <exception cref="InvalidSettingException">The mask's shape is not the ids'.</exception>
    public Tensor Forward(Tensor ids, Tensor? mask = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (mask is not null && !mask.Shape.AsSpan().SequenceEqual(ids.Shape))
            throw new InvalidSettingException("mask", TokenGrid.Text(mask), $"{TokenGrid.Text(ids)}, the shape of the ids");
        using var scope = TensorScope.Begin();
        return scope.Keep(Run([ids], mask)[0]);
    }

    /// <summary>Encodes texts of different lengths, each exactly as if it were alone, in one pass over the blocks.</summary>
    /// <param name="texts">Token ids [1, L] of each, 64-bit integers; at least one.</param>
    /// <returns>Features [1, L, D] of each.</returns>
    public IReadOnlyList<Tensor> ForwardEach(IReadOnlyList<Tensor> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        using var scope = TensorScope.Begin();
        return Array.ConvertAll(Run(texts, null), scope.Keep);
    }

    // Texts [B, L] -> [B, L, D]. Each goes through a block by itself: its features do not depend on what is encoded beside it.
    Tensor[] Run(IReadOnlyList<Tensor> texts, Tensor? mask)
    {
        using var scope = TensorScope.Begin();
        // In half precision the residual stream stays in float32: its values outgrow float16 in the later blocks.
        var stream = Parameters.DType == ScalarType.Float16 ? ScalarType.Float32 : Parameters.DType;
        Tensor Embed(Tensor ids) => Functional.Embedding(embedding, ids).To(stream); // [B, L, D], neither scaled nor positioned
        Tensor[] each = [.. texts.Select(Embed)], biases = [.. texts.Select(text => PositionBias(text.Size(1), mask))];
        for (var layer = 0; layer < Config.NumLayers; layer++)
        {
            blocks.Use(layer, block =>
            {
                for (var i = 0; i < each.Length; i++)
                {
                    var before = each[i];
                    each[i] = GradientCheckpointing && GradMode.IsEnabled
                        ? Autograd.Checkpoint(inputs => block.Forward(inputs[0], inputs[1]), before, biases[i])
                        : block.Forward(before, biases[i]);
                    before.Dispose();
                }
            });
        }
        return Array.ConvertAll(each, x => scope.Keep(T5Block.Norm(x, finalNorm, Config.LayerNormEpsilon)));
    }

    // What a query adds to its score of each key: a learned number per head and distance class, and minus "infinity" at padding.
    Tensor PositionBias(long length, Tensor? mask)
    {
        using var scope = TensorScope.Begin();
        var device = embedding.Device;
        var buckets = new long[length * length];
        for (var query = 0; query < length; query++)
            for (var key = 0; key < length; key++)
                buckets[query * length + key] = Bucket(key - query, Config.RelativeAttentionNumBuckets, Config.RelativeAttentionMaxDistance);
        var bias = Functional.Embedding(relativeBias, Tensor.FromArray(buckets, length, length).To(device))
            .Permute(2, 0, 1).Unsqueeze(0).Contiguous();
        if (mask is null) return scope.Keep(bias);
        var hidden = (1 - mask.To(device, bias.DType)) * Lowest(bias.DType);
        return scope.Keep(bias + hidden.Unsqueeze(1).Unsqueeze(1));
    }

    /// <summary>T5's distance classes, both directions: near distances have their own, far ones share logarithmic ones.</summary>
    /// <param name="distance">Key index - query index.</param>
    /// <param name="buckets">Number of classes.</param>
    /// <param name="maxDistance">Where the last class begins.</param>
    internal static int Bucket(int distance, int buckets, int maxDistance)
    {
        var half = buckets / 2;
        var exact = half / 2;
        var (direction, far) = (distance > 0 ? half : 0, Math.Abs(distance));
        if (far < exact) return direction + far;
        // float32 as in the published code: a bucket's edge can fall on the rounding.
        var step = (int)(MathF.Log((float)far / exact) / (float)Math.Log((double)maxDistance / exact) * (half - exact));
        return direction + Math.Min(exact + step, half - 1);
    }

    static double Lowest(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => -65504,
        ScalarType.BFloat16 => -3.3895313892515355e38,
        _ => float.MinValue,
    };
}
