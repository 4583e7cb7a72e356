using System.Text.Json.Nodes;
using PixArt.Weights;
using static PixArt.Models.ModelConfigJson;

namespace PixArt.Models;

/// <summary>The shape of a <see cref="T5Encoder"/>. Field names and defaults are those of transformers' <c>config.json</c>; the default
/// record is T5 v1.1 XXL, PixArt's text encoder.</summary>
public sealed record T5EncoderConfig
{
    /// <summary>Rows of the embedding (a few more than the tokenizer has pieces).</summary>
    public int VocabSize { get; init; } = 32128;

    /// <summary>Width of the token features, PixArt's caption channels.</summary>
    public int DModel { get; init; } = 4096;

    /// <summary>Width of one head.</summary>
    public int DKv { get; init; } = 64;

    /// <summary>Inner width of the feed-forward layers.</summary>
    public int DFf { get; init; } = 10240;

    /// <summary>Number of blocks.</summary>
    public int NumLayers { get; init; } = 24;

    /// <summary>Attention heads.</summary>
    public int NumHeads { get; init; } = 64;

    /// <summary>Number of distance classes of the relative attention bias, half for each direction.</summary>
    public int RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>Distances from here on share the last bucket.</summary>
    public int RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>Epsilon of the root-mean-square norms.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary><c>relu</c> (v1.0) or <c>gated-gelu</c> (v1.1).</summary>
    public string FeedForwardProj { get; init; } = "gated-gelu";

    /// <summary>Whether the feed-forward layers are gated (v1.1).</summary>
    public bool IsGated => FeedForwardProj.StartsWith("gated-", StringComparison.Ordinal);

    /// <summary>Number of parameters of the encoder.</summary>
    internal long ParameterCount => ((long)VocabSize * DModel) + ((long)RelativeAttentionNumBuckets * NumHeads) + DModel + (NumLayers * BlockParameterCount);

    /// <summary>Number of parameters of a block.</summary>
    internal long BlockParameterCount => (4L * NumHeads * DKv * DModel) + ((IsGated ? 3L : 2) * DFf * DModel) + (2L * DModel);

    /// <summary>Reads transformers' <c>config.json</c>; encoder and full models alike.</summary>
    /// <param name="fields">The file. Unknown fields are ignored.</param>
    /// <exception cref="WeightsException">A field has the wrong type.</exception>
    /// <exception cref="InvalidSettingException">A field is out of range or asks for another architecture.</exception>
    public static T5EncoderConfig Read(ConfigJson fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.Require("model_type", "t5");
        var model = fields.Int("d_model", 512);
        return new T5EncoderConfig
        {
            VocabSize = fields.Int("vocab_size", 32128),
            DModel = model,
            DKv = fields.Int("d_kv", 64),
            DFf = fields.Int("d_ff", 2048),
            NumLayers = fields.Int("num_layers", 6),
            NumHeads = fields.Int("num_heads", 8),
            RelativeAttentionNumBuckets = fields.Int("relative_attention_num_buckets", 32),
            RelativeAttentionMaxDistance = fields.Int("relative_attention_max_distance", 128),
            LayerNormEpsilon = fields.Number("layer_norm_epsilon", 1e-6),
            FeedForwardProj = fields.Text("feed_forward_proj", "relu"),
        }.Validate();
    }

    /// <summary>The shape that weights have. What they do not tell (epsilon, the last distance class) is as in every released T5.</summary>
    /// <param name="weights">A T5 encoder under transformers' names.</param>
    /// <exception cref="WeightsException">A tensor that every encoder has is missing.</exception>
    /// <exception cref="InvalidSettingException">The shapes are not those of an encoder.</exception>
    public static T5EncoderConfig FromWeights(WeightsSource weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var shapes = new WeightShapes(weights);
        var table = weights.Has("shared.weight") ? "shared.weight" : "encoder.embed_tokens.weight";
        const string bias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        var heads = shapes.Size(bias, 1, rank: 2);
        var gated = weights.Has("encoder.block.0.layer.1.DenseReluDense.wi_0.weight");
        return new T5EncoderConfig
        {
            VocabSize = shapes.Size(table, 0, rank: 2),
            DModel = shapes.Size(table, 1, rank: 2),
            DKv = shapes.Size("encoder.block.0.layer.0.SelfAttention.q.weight", 0, rank: 2) / heads,
            DFf = shapes.Size("encoder.block.0.layer.1.DenseReluDense.wo.weight", 1, rank: 2),
            NumLayers = shapes.Count("encoder.block."),
            NumHeads = heads,
            RelativeAttentionNumBuckets = shapes.Size(bias, 0, rank: 2),
            FeedForwardProj = gated ? "gated-gelu" : "relu",
        }.Validate();
    }

    /// <summary>The shape of the encoder in a folder: its <c>config.json</c>, or without one that of its weights.</summary>
    internal static T5EncoderConfig Of(ComponentFolder folder, string? variant = null)
    {
        if (folder.HasConfig) return folder.Config().As(Read);
        using var weights = folder.OpenWeights(variant);
        return FromWeights(weights);
    }

    /// <summary>Writes a <c>config.json</c> that transformers reads as a <c>T5EncoderModel</c>.</summary>
    public string ToJson() => Write(new JsonObject
    {
        ["architectures"] = new JsonArray("T5EncoderModel"),
        ["d_ff"] = DFf,
        ["d_kv"] = DKv,
        ["d_model"] = DModel,
        ["decoder_start_token_id"] = 0,
        ["dropout_rate"] = 0.1,
        ["eos_token_id"] = 1,
        ["feed_forward_proj"] = FeedForwardProj,
        ["is_encoder_decoder"] = true,
        ["layer_norm_epsilon"] = LayerNormEpsilon,
        ["model_type"] = "t5",
        ["num_heads"] = NumHeads,
        ["num_layers"] = NumLayers,
        ["pad_token_id"] = 0,
        ["relative_attention_max_distance"] = RelativeAttentionMaxDistance,
        ["relative_attention_num_buckets"] = RelativeAttentionNumBuckets,
        ["tie_word_embeddings"] = false,
        ["vocab_size"] = VocabSize,
    });

    /// <summary>Checks every field and answers this record.</summary>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names it.</exception>
    public T5EncoderConfig Validate()
    {
        Positive("vocab_size", VocabSize);
        Positive("d_model", DModel);
        Positive("d_kv", DKv);
        Positive("d_ff", DFf);
        Positive("num_layers", NumLayers);
        Positive("num_heads", NumHeads);
        if (RelativeAttentionNumBuckets < 4 || RelativeAttentionNumBuckets % 4 != 0)
            throw new InvalidSettingException("relative_attention_num_buckets", RelativeAttentionNumBuckets, "a multiple of 4 above 0");
        if (RelativeAttentionMaxDistance <= RelativeAttentionNumBuckets / 4)
            throw new InvalidSettingException("relative_attention_max_distance", RelativeAttentionMaxDistance, $"more than {RelativeAttentionNumBuckets / 4}");
        Positive("layer_norm_epsilon", LayerNormEpsilon);
        if (FeedForwardProj is not ("relu" or "gated-gelu"))
            throw new InvalidSettingException("feed_forward_proj", FeedForwardProj, "relu or gated-gelu");
        return this;
    }
}
