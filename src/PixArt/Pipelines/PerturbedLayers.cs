using System.Globalization;
using System.Text.RegularExpressions;

namespace PixArt.Pipelines;

/// <summary>Finds the blocks that <see cref="Diffusion.PerturbedAttentionOptions.Layers"/> names.</summary>
static class PerturbedLayers
{
    const string Field = "perturbed attention layers";

    /// <summary>Block numbers, from 0.</summary>
    /// <param name="names">Numbers, ranges or regular expressions.</param>
    /// <param name="count">How many blocks the model has.</param>
    /// <exception cref="InvalidSettingException">A name finds no block, or is no regular expression.</exception>
    public static IReadOnlySet<int> Of(IReadOnlyList<string> names, int count)
    {
        var found = new HashSet<int>();
        foreach (var name in names)
        {
            int[] blocks = [.. Range(name) is (var first, var last)
                ? Enumerable.Range(0, count).Where(block => block >= first && block <= last)
                : Searched(name, count)];
            if (blocks.Length == 0)
                throw new InvalidSettingException(Field, name, $"a number or range within 0 to {count - 1}, or a pattern that finds one of transformer_blocks.0.attn1 to transformer_blocks.{count - 1}.attn1");
            found.UnionWith(blocks);
        }
        return found;
    }

    static (int First, int Last)? Range(string name)
    {
        var ends = name.Split('-');
        return ends.Length is 1 or 2 && Number(ends[0]) is { } first && Number(ends[^1]) is { } last ? (first, last) : null;
    }

    static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static IEnumerable<int> Searched(string pattern, int count)
    {
        try
        {
            var search = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1));
            return [.. Enumerable.Range(0, count).Where(block => search.IsMatch($"transformer_blocks.{block}.attn1"))];
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new InvalidSettingException(Field, pattern, "a number, a range or a regular expression");
        }
    }
}
