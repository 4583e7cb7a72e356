using System.Globalization;
using System.Text;

namespace PixArt.Cli.Output;

/// <summary>
/// Names the pictures of a run. A pattern may hold <c>{prompt}</c>, <c>{seed}</c> and <c>{index}</c> (from 1); a folder stands for
/// the default pattern inside it; a pattern without a placeholder gets <c>-{index}</c> when there are several pictures.
/// </summary>
internal sealed class OutputPattern
{
    public const string Default = "{prompt}-{seed}.png";

    const int LongestSlug = 60;
    static readonly string[] s_extensions = [".png", ".jpg", ".jpeg", ".webp"];

    readonly string _pattern;

    /// <param name="pattern">What the user gave; null for <see cref="Default"/> in the current folder.</param>
    /// <param name="pictures">How many names will be asked for.</param>
    /// <param name="numbered">Whether every name gets its index, because the others do not tell the pictures apart.</param>
    public OutputPattern(string? pattern, int pictures, bool numbered = false)
    {
        pattern ??= Default;
        if (pattern.Length == 0) throw new InvalidSettingException("--output", pattern, "a file, a folder or a pattern");
        if (Path.EndsInDirectorySeparator(pattern) || Directory.Exists(pattern))
            pattern = Path.Combine(pattern, Default);
        var extension = Path.GetExtension(pattern);
        if (!s_extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            throw new InvalidSettingException("--output", pattern, "a name ending in .png, .jpg, .jpeg or .webp, or a folder with / at its end");
        var distinct = pattern.Contains("{index}", StringComparison.Ordinal) || (!numbered && pattern.Contains("{seed}", StringComparison.Ordinal));
        _pattern = distinct || pictures == 1 ? pattern : Path.ChangeExtension(pattern, null) + "-{index}" + extension;
    }

    /// <summary>Refuses a name that no picture can have.</summary>
    /// <exception cref="InvalidSettingException">It ends in nothing that is known.</exception>
    public static void CheckName(string option, string path)
    {
        if (!s_extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            throw new InvalidSettingException(option, path, "a name ending in .png, .jpg, .jpeg or .webp");
    }

    /// <summary>The path of one picture.</summary>
    /// <param name="index">Counted from 0.</param>
    public string PathOf(int index, ulong seed, string prompt) => _pattern
        .Replace("{index}", (index + 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{seed}", seed.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{prompt}", Slug(prompt), StringComparison.Ordinal);

    /// <summary>Letters and digits of a prompt, the rest as dashes: safe as a part of a file name.</summary>
    internal static string Slug(string prompt)
    {
        var slug = new StringBuilder(LongestSlug);
        foreach (var rune in prompt.EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
                slug.Append(Rune.ToLowerInvariant(rune));
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
            if (slug.Length >= LongestSlug)
                break;
        }
        var text = slug.ToString().Trim('-');
        return text.Length > 0 ? text : "picture";
    }
}
