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
    readonly T5Block[] blocks;
    readonly Tensor finalNorm;          // [D]

    /// <summary>Builds the encoder over <paramref name="parameters"/>: loaded where its source has them, else initialised as T5 does.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="parameters">Takes and owns the parameters; disposed with this model.</param>
    /// <exception cref="InvalidSettingException">The config is out of range.</exception>
    public T5Encoder(T5EncoderConfig config, ParameterStore parameters) : base(parameters)
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config.Validate();
        var root = parameters.Root;
        var encoder = root.Sub("encoder");
        // The embedding is tied: files carry it under either name.
        long[] table = [config.VocabSize, config.DModel];
        embedding = root.Optional("shared.weight", table) ?? encoder.Optional("embed_tokens.weight", table)
            ?? root.Get("shared.weight", table, Init.Normal(1));
        relativeBias = encoder.Sub("block.0.layer.0.SelfAttention.relative_attention_bias")
            .Get("weight", [config.RelativeAttentionNumBuckets, config.NumHeads], Init.Normal(Math.Pow(config.DModel, -0.5)));
        blocks = new T5Block[config.NumLayers];
        for (var layer = 0; layer < blocks.Length; layer++) blocks[layer] = new T5Block(encoder.Sub("block", layer).Sub("layer"), config);
        finalNorm = encoder.Get("final_layer_norm.weight", [config.DModel], Init.Ones);
    }

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
            throw new InvalidSettingException("mask", TokenGrid.Text(mask), TokenGrid.Text(ids));
        using var scope = TensorScope.Begin();
        var x = Functional.Embedding(embedding, ids);          // [B, L, D], neither scaled nor positioned
        // In half precision the residual stream stays in float32: its values outgrow float16 in the later blocks.
        if (x.DType == ScalarType.Float16) x = x.To(ScalarType.Float32);
        var bias = PositionBias(ids.Size(1), mask);            // [1 or B, heads, L, L]
        foreach (var block in blocks)
        {
            var before = x;
            x = GradientCheckpointing && GradMode.IsEnabled
                ? Autograd.Checkpoint(inputs => block.Forward(inputs[0], inputs[1]), x, bias)
                : block.Forward(x, bias);
            before.Dispose();
        }
        return scope.Keep(T5Block.Norm(x, finalNorm, Config.LayerNormEpsilon));
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

/// <summary>x + Attention(Norm(x)); x + FeedForward(Norm(x)). No biases, no scaling of the scores.</summary>
internal sealed class T5Block
{
    readonly Linear q, k, v, o;
    readonly Linear wi, wo;
    readonly Linear? gate;
    readonly Tensor attentionNorm, feedForwardNorm; // [D]
    readonly int heads;
    readonly double eps;

    internal T5Block(ParameterScope p, T5EncoderConfig config)
    {
        (heads, eps) = (config.NumHeads, config.LayerNormEpsilon);
        long model = config.DModel, inner = (long)config.NumHeads * config.DKv, hidden = config.DFf;
        var (attention, dense) = (p.Sub("0").Sub("SelfAttention"), p.Sub("1").Sub("DenseReluDense"));
        static Initializer Std(double variance) => Init.Normal(Math.Pow(variance, -0.5));
        attentionNorm = p.Sub("0").Get("layer_norm.weight", [model], Init.Ones);
        q = new Linear(attention.Sub("q"), model, inner, bias: false, Std((double)model * config.DKv));
        k = new Linear(attention.Sub("k"), model, inner, bias: false, Std(model));
        v = new Linear(attention.Sub("v"), model, inner, bias: false, Std(model));
        o = new Linear(attention.Sub("o"), inner, model, bias: false, Std(inner));
        feedForwardNorm = p.Sub("1").Get("layer_norm.weight", [model], Init.Ones);
        gate = config.IsGated ? new Linear(dense.Sub("wi_0"), model, hidden, bias: false, Std(model)) : null;
        wi = new Linear(dense.Sub(config.IsGated ? "wi_1" : "wi"), model, hidden, bias: false, Std(model));
        wo = new Linear(dense.Sub("wo"), hidden, model, bias: false, Std(hidden));
    }

    // x [B, L, D], bias [1 or B, heads, L, L]
    internal Tensor Forward(Tensor x, Tensor bias)
    {
        using var scope = TensorScope.Begin();
        x = x + Clamp(Attend(Norm(x, attentionNorm, eps), bias));
        return scope.Keep(x + FeedForward(Norm(x, feedForwardNorm, eps)));
    }

    Tensor Attend(Tensor h, Tensor bias)
    {
        using var scope = TensorScope.Begin();
        var attended = Functional.ScaledDotProductAttention(
            Heads.Split(q.Forward(h), heads), Heads.Split(k.Forward(h), heads), Heads.Split(v.Forward(h), heads), bias, scale: 1);
        return scope.Keep(o.Forward(Heads.Join(attended)));
    }

    Tensor FeedForward(Tensor h)
    {
        using var scope = TensorScope.Begin();
        var hidden = gate is null ? Functional.Relu(wi.Forward(h)) : Functional.Gelu(gate.Forward(h), tanh: true) * wi.Forward(h);
        // The down projection overflows float16: common loaders keep it in float32, so it is computed there.
        return scope.Keep(hidden.DType == ScalarType.Float16
            ? Functional.Linear(hidden.To(ScalarType.Float32), wo.Weight.To(ScalarType.Float32), null)
            : wo.Forward(hidden));
    }

    /// <summary>w * x / rms(x): the mean square in float32, the product in the weights' type.</summary>
    internal static Tensor Norm(Tensor x, Tensor weight, double eps)
    {
        using var scope = TensorScope.Begin();
        var wide = x.To(ScalarType.Float32);
        var normed = x * (wide.Square().Mean([-1], keepDim: true) + eps).Rsqrt();
        return scope.Keep(weight * normed.To(weight.DType));
    }

    static Tensor Clamp(Tensor branch) => branch.DType == ScalarType.Float16 ? branch.Clamp(-65504, 65504) : branch;
}
