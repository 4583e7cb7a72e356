using System.Text.RegularExpressions;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Models;

/// <summary>Weights under the original repositories' names, asked for by diffusers' names.</summary>
sealed partial class OriginalNames(Golden golden) : IParameterSource
{
    static readonly (string From, string To)[] s_renames =
    [
        ("pos_embed.proj.", "x_embedder.proj."),
        ("adaln_single.emb.timestep_embedder.linear_1.", "t_embedder.mlp.0."),
        ("adaln_single.emb.timestep_embedder.linear_2.", "t_embedder.mlp.2."),
        ("adaln_single.emb.resolution_embedder.linear_1.", "csize_embedder.mlp.0."),
        ("adaln_single.emb.resolution_embedder.linear_2.", "csize_embedder.mlp.2."),
        ("adaln_single.emb.aspect_ratio_embedder.linear_1.", "ar_embedder.mlp.0."),
        ("adaln_single.emb.aspect_ratio_embedder.linear_2.", "ar_embedder.mlp.2."),
        ("adaln_single.linear.", "t_block.1."),
        ("caption_projection.linear_1.", "y_embedder.y_proj.fc1."),
        ("caption_projection.linear_2.", "y_embedder.y_proj.fc2."),
        ("transformer_blocks.", "blocks."),
        (".attn1.to_out.0.", ".attn.proj."),
        (".attn2.to_out.0.", ".cross_attn.proj."),
        (".attn2.to_q.", ".cross_attn.q_linear."),
        (".attn1.", ".attn."),
        (".ff.net.0.proj.", ".mlp.fc1."),
        (".ff.net.2.", ".mlp.fc2."),
        ("proj_out.", "final_layer.linear."),
    ];

    public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
    {
        if (FusedPart().Match(name) is not { Success: true } part)
        {
            var original = name == "scale_shift_table" ? "final_layer.scale_shift_table"
                : s_renames.Aggregate(name, (renamed, rule) => renamed.Replace(rule.From, rule.To, StringComparison.Ordinal));
            return golden.Has($"w_orig/{original}") ? golden.Tensor($"w_orig/{original}") : null;
        }

        var self = part.Groups["attn"].Value == "1";
        var (order, whole) = self ? ("qkv", "attn.qkv") : ("kv", "cross_attn.kv_linear");
        var key = $"w_orig/blocks.{part.Groups["block"].Value}.{whole}.{part.Groups["kind"].Value}";
        if (!golden.Has(key)) return null;
        using var scope = TensorScope.Begin();
        using var all = golden.Tensor(key);
        return TensorScope.Release(all.Narrow(0, order.IndexOf(part.Groups["what"].Value, StringComparison.Ordinal) * shape[0], shape[0]).Clone());
    }

    [GeneratedRegex(@"^transformer_blocks\.(?<block>\d+)\.attn(?:(?<attn>1)\.to_(?<what>[qkv])|(?<attn>2)\.to_(?<what>[kv]))\.(?<kind>weight|bias)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FusedPart();
}
