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
        if (PrefixOf(names, "x_embedder.proj.weight") is { } original) return (original, KeyMaps.PixArtOriginal);
        if (PrefixOf(names, "pos_embed.proj.weight") is { } transformer) return (transformer, null);
        if (PrefixOf(names, "decoder.up.0.block.0.norm1.weight") is { } vae) return (vae, KeyMaps.StableDiffusionVae(Levels(names)));
        if (PrefixOf(names, "encoder.conv_in.weight") is { } autoencoder) return (autoencoder, KeyMaps.OldAttention);
        return (PrefixOf(names, "encoder.final_layer_norm.weight") ?? "", null);
    }

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
