using System.Globalization;

namespace PixArt.Weights;

/// <summary>The layouts that released weights come in.</summary>
public static partial class KeyMaps
{
    const string Block = "blocks.{}.";

    /// <summary>The PixArt-alpha and PixArt-Sigma repositories' <c>.pth</c> files (with key/value compression and
    /// query/key norms, which diffusers does not have: named after diffusers' manner).</summary>
    public static KeyMap PixArtOriginal { get; } = new(
        "original PixArt layout",
        new("pos_embed"),
        new("y_embedder.y_embedding"),
        new("x_embedder.proj.*", "pos_embed.proj.*"),
        new("t_embedder.mlp.0.*", "adaln_single.emb.timestep_embedder.linear_1.*"),
        new("t_embedder.mlp.2.*", "adaln_single.emb.timestep_embedder.linear_2.*"),
        new("csize_embedder.mlp.0.*", "adaln_single.emb.resolution_embedder.linear_1.*"),
        new("csize_embedder.mlp.2.*", "adaln_single.emb.resolution_embedder.linear_2.*"),
        new("ar_embedder.mlp.0.*", "adaln_single.emb.aspect_ratio_embedder.linear_1.*"),
        new("ar_embedder.mlp.2.*", "adaln_single.emb.aspect_ratio_embedder.linear_2.*"),
        new("t_block.1.*", "adaln_single.linear.*"),
        new("y_embedder.y_proj.fc1.*", "caption_projection.linear_1.*"),
        new("y_embedder.y_proj.fc2.*", "caption_projection.linear_2.*"),
        new("blocks.{}.scale_shift_table", "transformer_blocks.{}.scale_shift_table"),
        new("blocks.{}.attn.qkv.*", "transformer_blocks.{}.attn1.to_q.*", "transformer_blocks.{}.attn1.to_k.*", "transformer_blocks.{}.attn1.to_v.*"),
        new("blocks.{}.attn.proj.*", "transformer_blocks.{}.attn1.to_out.0.*"),
        new("blocks.{}.attn.q_norm.*", "transformer_blocks.{}.attn1.q_norm.*"),
        new("blocks.{}.attn.k_norm.*", "transformer_blocks.{}.attn1.k_norm.*"),
        new("blocks.{}.attn.sr.*", "transformer_blocks.{}.attn1.sr.*"),
        new("blocks.{}.attn.norm.*", "transformer_blocks.{}.attn1.norm.*"),
        new("blocks.{}.cross_attn.q_linear.*", "transformer_blocks.{}.attn2.to_q.*"),
        new("blocks.{}.cross_attn.kv_linear.*", "transformer_blocks.{}.attn2.to_k.*", "transformer_blocks.{}.attn2.to_v.*"),
        new("blocks.{}.cross_attn.proj.*", "transformer_blocks.{}.attn2.to_out.0.*"),
        new("blocks.{}.mlp.fc1.*", "transformer_blocks.{}.ff.net.0.proj.*"),
        new("blocks.{}.mlp.fc2.*", "transformer_blocks.{}.ff.net.2.*"),
        new("final_layer.linear.*", "proj_out.*"),
        new("final_layer.scale_shift_table", "scale_shift_table"));

    /// <summary>The ControlNet-Transformer's <c>.pth</c> files: base model and copied blocks in one. Ours are the names of diffusers'
    /// transformer, and for the copies those of diffusers' research module: <c>controlnet_blocks.{}.transformer_block</c>.</summary>
    public static KeyMap PixArtControlNet { get; } = new("original ControlNet-Transformer layout", [
        .. PixArtOriginal.Rules.Select(rule => new KeyRule($"base_model.{rule.Foreign}", rule.Ours)),
        .. PixArtOriginal.Rules.Where(rule => rule.Foreign.StartsWith(Block, StringComparison.Ordinal)).Select(rule => new KeyRule(
            rule.Foreign.Replace(Block, "controlnet.{}.copied_block.", StringComparison.Ordinal),
            [.. rule.Ours.Select(ours => ours.Replace("transformer_blocks.{}.", "controlnet_blocks.{}.transformer_block.", StringComparison.Ordinal))])),
        new("controlnet.{}.before_proj.*", "controlnet_blocks.{}.before_proj.*"),
        new("controlnet.{}.after_proj.*", "controlnet_blocks.{}.after_proj.*"),
    ]);

    /// <summary>llama.cpp's names of T5, in GGUF files; ours are transformers'. The decoder, where there is one, is left out.</summary>
    /// <param name="gated">Whether the feed-forward layers are gated (v1.1).</param>
    public static KeyMap GgufT5(bool gated) => new("llama.cpp T5 layout", [
        new("token_embd.*", "shared.*"),
        new("enc.blk.{}.attn_norm.*", "encoder.block.{}.layer.0.layer_norm.*"),
        .. new[] { "q", "k", "v", "o" }.Select(part => new KeyRule($"enc.blk.{{}}.attn_{part}.*", $"encoder.block.{{}}.layer.0.SelfAttention.{part}.*")),
        new("enc.blk.{}.attn_rel_b.*", "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias.*"),
        new("enc.blk.{}.ffn_norm.*", "encoder.block.{}.layer.1.layer_norm.*"),
        new("enc.blk.{}.ffn_gate.*", "encoder.block.{}.layer.1.DenseReluDense.wi_0.*"),
        new("enc.blk.{}.ffn_up.*", $"encoder.block.{{}}.layer.1.DenseReluDense.{(gated ? "wi_1" : "wi")}.*"),
        new("enc.blk.{}.ffn_down.*", "encoder.block.{}.layer.1.DenseReluDense.wo.*"),
        new("enc.output_norm.*", "encoder.final_layer_norm.*"),
        new("dec.*"),
        new("output.*"),
    ]);

    /// <summary>T5's encoder stack saved by itself: transformers' names without <c>encoder.</c> before them.</summary>
    public static KeyMap T5Stack { get; } = new("T5 stack layout",
        new("embed_tokens.*", "encoder.embed_tokens.*"),
        new("block.{}.*", "encoder.block.{}.*"),
        new("final_layer_norm.*", "encoder.final_layer_norm.*"));

    /// <summary>diffusers' own autoencoders from before its attention layers were renamed.</summary>
    public static KeyMap OldAttention { get; } = new("older diffusers layout", [.. Attention(
        "{}.mid_block.attentions.{}", "{}.mid_block.attentions.{}", "group_norm", "query", "key", "value", "proj_attn")]);

    /// <summary>Stable Diffusion's autoencoder as its repository has it: other names, decoder levels counted from the other end,
    /// attention as 1x1 convolutions.</summary>
    /// <param name="levels">Number of resolutions: 4 in released weights.</param>
    public static KeyMap StableDiffusionVae(int levels)
    {
        var rules = new List<KeyRule>();
        for (var i = 0; i < levels; i++)
        {
            var (ours, theirs) = (Text(i), Text(levels - 1 - i));
            rules.AddRange(Residual($"encoder.down.{ours}.block.{{}}", $"encoder.down_blocks.{ours}.resnets.{{}}"));
            rules.Add(new($"encoder.down.{ours}.downsample.conv.*", $"encoder.down_blocks.{ours}.downsamplers.0.conv.*"));
            rules.AddRange(Residual($"decoder.up.{theirs}.block.{{}}", $"decoder.up_blocks.{ours}.resnets.{{}}"));
            rules.Add(new($"decoder.up.{theirs}.upsample.conv.*", $"decoder.up_blocks.{ours}.upsamplers.0.conv.*"));
        }

        foreach (var side in (string[])["encoder", "decoder"])
        {
            rules.AddRange(Residual($"{side}.mid.block_1", $"{side}.mid_block.resnets.0"));
            rules.AddRange(Residual($"{side}.mid.block_2", $"{side}.mid_block.resnets.1"));
            rules.AddRange(Attention($"{side}.mid.attn_1", $"{side}.mid_block.attentions.0", "norm", "q", "k", "v", "proj_out"));
            rules.Add(new($"{side}.norm_out.*", $"{side}.conv_norm_out.*"));
            rules.Add(new($"{side}.conv_in.*", $"{side}.conv_in.*"));
            rules.Add(new($"{side}.conv_out.*", $"{side}.conv_out.*"));
        }

        rules.Add(new("quant_conv.*", "quant_conv.*"));
        rules.Add(new("post_quant_conv.*", "post_quant_conv.*"));
        return new KeyMap("Stable Diffusion autoencoder layout", rules);
    }

    static IEnumerable<KeyRule> Residual(string theirs, string ours) =>
    [
        new($"{theirs}.norm1.*", $"{ours}.norm1.*"),
        new($"{theirs}.conv1.*", $"{ours}.conv1.*"),
        new($"{theirs}.norm2.*", $"{ours}.norm2.*"),
        new($"{theirs}.conv2.*", $"{ours}.conv2.*"),
        new($"{theirs}.nin_shortcut.*", $"{ours}.conv_shortcut.*"),
    ];

    static IEnumerable<KeyRule> Attention(string theirs, string ours, string norm, string q, string k, string v, string o) =>
    [
        new($"{theirs}.{norm}.*", $"{ours}.group_norm.*"),
        new($"{theirs}.{q}.*", $"{ours}.to_q.*") { PointwiseConvolution = true },
        new($"{theirs}.{k}.*", $"{ours}.to_k.*") { PointwiseConvolution = true },
        new($"{theirs}.{v}.*", $"{ours}.to_v.*") { PointwiseConvolution = true },
        new($"{theirs}.{o}.*", $"{ours}.to_out.0.*") { PointwiseConvolution = true },
    ];

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
