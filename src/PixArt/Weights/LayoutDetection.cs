using System.Globalization;
using System.Text.RegularExpressions;

namespace PixArt.Weights;

/// <summary>Which layout a file has, by a tensor that every model of that layout has; whatever stands before its name
/// (<c>module.</c>, <c>first_stage_model.</c>) is a wrapper's prefix.</summary>
static partial class LayoutDetection
{
    /// <summary>The prefix and the map to diffusers names; null map: the names are diffusers' already.</summary>
    public static (string Prefix, KeyMap? Map) Detect(IReadOnlyCollection<string> names)
    {
        if (PrefixOf(names, "controlnet.0.after_proj.weight") is { } control) return (control, KeyMaps.PixArtControlNet);
        if (PrefixOf(names, "x_embedder.proj.weight") is { } original) return (original, KeyMaps.PixArtOriginal);
        if (PrefixOf(names, "pos_embed.proj.weight") is { } transformer) return (transformer, null);
        if (PrefixOf(names, "decoder.up.0.block.0.norm1.weight") is { } vae) return (vae, KeyMaps.StableDiffusionVae(Levels(names)));
        if (PrefixOf(names, "encoder.conv_in.weight") is { } autoencoder)
            return (autoencoder, names.Any(name => name.EndsWith(".attentions.0.query.weight", StringComparison.Ordinal)) ? KeyMaps.OldAttention : null);
        if (PrefixOf(names, "enc.output_norm.weight") is { } gguf)
            return (gguf, KeyMaps.GgufT5(gated: names.Contains($"{gguf}enc.blk.0.ffn_gate.weight", StringComparer.Ordinal)));
        if (PrefixOf(names, "encoder.final_layer_norm.weight") is { } text) return (text, null);
        if (PrefixOf(names, "final_layer_norm.weight") is { } stack && names.Contains($"{stack}block.0.layer.0.SelfAttention.q.weight", StringComparer.Ordinal))
            return (stack, KeyMaps.T5Stack);
        return ("", null);
    }

    /// <summary>What the layout of weights under such names is called: the map's name, or diffusers'.</summary>
    public static string NameOf(KeyMap? map) => map?.Name ?? "diffusers layout";

    static string? PrefixOf(IReadOnlyCollection<string> names, string anchor) => names
        .Where(n => n.EndsWith(anchor, StringComparison.Ordinal))
        .Select(n => n[..^anchor.Length])
        .Where(p => p.Length == 0 || p.EndsWith('.'))
        .MinBy(p => p.Length);

    static int Levels(IReadOnlyCollection<string> names) => 1 + names
        .Select(n => UpLevel().Match(n)).Where(m => m.Success)
        .Select(m => int.Parse(m.Groups["level"].ValueSpan, CultureInfo.InvariantCulture)).DefaultIfEmpty(3).Max();

    [GeneratedRegex(@"(^|\.)decoder\.up\.(?<level>\d{1,2})\.block\.", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex UpLevel();
}
