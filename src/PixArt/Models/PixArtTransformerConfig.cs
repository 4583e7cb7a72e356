using System.Text.Json.Nodes;
using PixArt.Weights;
using static PixArt.Models.ModelConfigJson;

namespace PixArt.Models;

/// <summary>The shape of a <see cref="PixArtTransformer"/>. Field names and defaults are those of diffusers'
/// <c>transformer/config.json</c>; the default record is PixArt-XL/2 at a nominal 1024 px.</summary>
public sealed partial record PixArtTransformerConfig
{
    /// <summary>Attention heads of every block.</summary>
    public int NumAttentionHeads { get; init; } = 16;

    /// <summary>Width of one head; the hidden width is heads x head width.</summary>
    public int AttentionHeadDim { get; init; } = 72;

    /// <summary>Latent channels that go in.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels that come out: twice <see cref="InChannels"/> where the variance is learned.</summary>
    public int OutChannels { get; init; } = 8;

    /// <summary>Number of transformer blocks (28 for XL/2, 42 for the 900M model).</summary>
    public int NumLayers { get; init; } = 28;

    /// <summary>Width of the caption features inside the blocks; equals the hidden width when captions are projected.</summary>
    public int CrossAttentionDim { get; init; } = 1152;

    /// <summary>Whether the query, key and value projections have a bias.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Latent side of the nominal resolution: 32 (256 px), 64, 128 (1024 px), 256 (2K). Positions are scaled by it.</summary>
    public int SampleSize { get; init; } = 128;

    /// <summary>Side of a patch in latent pixels.</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>Epsilon of the LayerNorms without affine weights.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>Divides the positions; <see langword="null"/>: max(<see cref="SampleSize"/> / 64, 1).</summary>
    public double? InterpolationScale { get; init; }

    /// <summary>Whether size and aspect ratio condition the model; <see langword="null"/>: where the weights carry those embedders
    /// (from scratch: where <see cref="SampleSize"/> is 128).</summary>
    public bool? UseAdditionalConditions { get; init; }

    /// <summary>Width of the text encoder's features (4096 for T5-XXL); <see langword="null"/>: captions come in at
    /// <see cref="CrossAttentionDim"/> and are not projected.</summary>
    public int? CaptionChannels { get; init; } = 4096;

    /// <summary>LayerNorm on whole query and key vectors before the head split (a PixArt-Σ option no release uses).</summary>
    public bool QkNorm { get; init; }

    /// <summary>Key/value token compression (PixArt-Σ), or <see langword="null"/>.</summary>
    public KeyValueCompression? KvCompression { get; init; }

    /// <summary>Hidden width D.</summary>
    public int HiddenSize => NumAttentionHeads * AttentionHeadDim;

    /// <summary>The position scale in use.</summary>
    public double EffectiveInterpolationScale => InterpolationScale ?? Math.Max(SampleSize / 64, 1);

    /// <summary>Whether the output carries a learned variance beside the noise.</summary>
    public bool LearnsVariance => OutChannels == 2 * InChannels;

    /// <summary>Reads diffusers' <c>config.json</c> (PixArtTransformer2DModel or the older Transformer2DModel), and the fields
    /// <c>qk_norm</c> and <c>kv_compression</c> of our own.</summary>
    /// <param name="fields">The file. Unknown fields are ignored.</param>
    /// <exception cref="WeightsException">A field has the wrong type.</exception>
    /// <exception cref="InvalidSettingException">A field is out of range or asks for another architecture.</exception>
    public static PixArtTransformerConfig Read(ConfigJson fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        fields.Require("_class_name", "PixArtTransformer2DModel", "Transformer2DModel", nameof(PixArtTransformer));
        fields.Require("norm_type", "ada_norm_single");
        fields.Require("activation_fn", "gelu-approximate");
        fields.Require("norm_elementwise_affine", "false");
        fields.Require("attention_type", "default");
        fields.Require("double_self_attention", "false");
        fields.Require("only_cross_attention", "false");
        var heads = fields.Int("num_attention_heads", 16);
        var headDim = fields.Int("attention_head_dim", 72);
        var inChannels = fields.Int("in_channels", 4);
        return new PixArtTransformerConfig
        {
            NumAttentionHeads = heads,
            AttentionHeadDim = headDim,
            InChannels = inChannels,
            // diffusers: an explicit null means "as many as go in", an absent field means 8.
            OutChannels = fields.IntOrNull("out_channels") ?? (fields.Names.Contains("out_channels", StringComparer.Ordinal) ? inChannels : 8),
            NumLayers = fields.Int("num_layers", 28),
            CrossAttentionDim = fields.Int("cross_attention_dim", heads * headDim),
            AttentionBias = fields.Bool("attention_bias", true),
            SampleSize = fields.Int("sample_size", 128),
            PatchSize = fields.Int("patch_size", 2),
            NormEps = fields.Number("norm_eps", 1e-6),
            InterpolationScale = fields.NumberOrNull("interpolation_scale"),
            UseAdditionalConditions = fields.BoolOrNull("use_additional_conditions"),
            CaptionChannels = fields.IntOrNull("caption_channels"),
            QkNorm = fields.Bool("qk_norm", false),
            KvCompression = KeyValueCompression.Read(fields.Object("kv_compression")),
        }.Validate();
    }

    /// <summary>Writes a <c>config.json</c> that diffusers reads (our own fields appear only where they are used).</summary>
    public string ToJson()
    {
        var json = new JsonObject
        {
            ["_class_name"] = "PixArtTransformer2DModel",
            ["activation_fn"] = "gelu-approximate",
            ["attention_bias"] = AttentionBias,
            ["attention_head_dim"] = AttentionHeadDim,
            ["attention_type"] = "default",
            ["caption_channels"] = CaptionChannels,
            ["cross_attention_dim"] = CrossAttentionDim,
            ["dropout"] = 0.0,
            ["in_channels"] = InChannels,
            ["interpolation_scale"] = InterpolationScale,
            ["norm_elementwise_affine"] = false,
            ["norm_eps"] = NormEps,
            ["norm_num_groups"] = 32,
            ["norm_type"] = "ada_norm_single",
            ["num_attention_heads"] = NumAttentionHeads,
            ["num_embeds_ada_norm"] = 1000,
            ["num_layers"] = NumLayers,
            ["out_channels"] = OutChannels,
            ["patch_size"] = PatchSize,
            ["sample_size"] = SampleSize,
            ["upcast_attention"] = false,
            ["use_additional_conditions"] = UseAdditionalConditions,
        };
        if (QkNorm) json["qk_norm"] = true;
        if (KvCompression is { } compression)
            json["kv_compression"] = new JsonObject
            {
                ["sampling"] = compression.SamplingName,
                ["scale_factor"] = compression.ScaleFactor,
                ["layers"] = new JsonArray([.. compression.Layers.Select(layer => (JsonNode)layer)]),
            };
        return Write(json);
    }

    /// <summary>Checks every field and answers this record.</summary>
    /// <exception cref="InvalidSettingException">A field is out of range; the message names it.</exception>
    public PixArtTransformerConfig Validate()
    {
        Positive("num_attention_heads", NumAttentionHeads);
        Positive("attention_head_dim", AttentionHeadDim);
        Positive("in_channels", InChannels);
        Positive("out_channels", OutChannels);
        Positive("num_layers", NumLayers);
        Positive("sample_size", SampleSize);
        Positive("patch_size", PatchSize);
        Positive("caption_channels", CaptionChannels ?? 1);
        if (SampleSize < PatchSize)
            throw new InvalidSettingException("sample_size", SampleSize, $"at least the patch size {PatchSize}");
        if (HiddenSize % 4 != 0)
            throw new InvalidSettingException("num_attention_heads x attention_head_dim", HiddenSize, "a multiple of 4 (2-D positions)");
        if (UseAdditionalConditions == true && HiddenSize % 3 != 0)
            throw new InvalidSettingException("num_attention_heads x attention_head_dim", HiddenSize, "a multiple of 3 (height, width, aspect ratio)");
        if (CaptionChannels is not null && CrossAttentionDim != HiddenSize)
            throw new InvalidSettingException("cross_attention_dim", CrossAttentionDim, $"the hidden width {HiddenSize}");
        Positive("norm_eps", NormEps);
        Positive("interpolation_scale", InterpolationScale ?? 1);
        KvCompression?.Validate(NumLayers);
        return this;
    }
}
