using System.Text;
using System.Text.RegularExpressions;

namespace PixArt.Text.Cleaning;

/// <summary>Substitutions that see code points. Where a text has characters beyond U+FFFF, the search runs over a copy with one
/// stand-in of the same class for each of them, and the result is cut out of the text itself.</summary>
static class CodePointText
{
    const char Letter = 'ꀀ', Digit = '٠', Other = '☃';

    /// <summary>Replaces every match.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pattern">A pattern whose classes do not tell apart letters, digits and symbols beyond U+FFFF.</param>
    /// <param name="replacement">What comes in place of the match, literally.</param>
    /// <param name="keptGroup">A group that stays, in front of the replacement; 0 for none.</param>
    public static string Replace(string text, Regex pattern, string replacement, int keptGroup = 0) =>
        Substitute(text, shape => Spans(pattern, shape, keptGroup), replacement);

    /// <summary>Replaces the spans that a search finds in the text or in its stand-in; a span's first units may be kept.</summary>
    public static string Substitute(
        string text, Func<string, IEnumerable<(int Start, int Kept, int End)>> search, string replacement)
    {
        var shape = text;
        int[]? starts = null;
        if (text.AsSpan().ContainsAnyInRange('\ud800', '\udfff')) (shape, starts) = Project(text);
        StringBuilder? result = null;
        var done = 0;
        foreach (var (start, kept, end) in search(shape))
        {
            result ??= new StringBuilder(text.Length);
            var from = Unit(done);
            result.Append(text, from, Unit(start + kept) - from).Append(replacement);
            done = end;
        }

        return result is null ? text : result.Append(text, Unit(done), text.Length - Unit(done)).ToString();

        int Unit(int position) => starts is null ? position : starts[position];
    }

    static IEnumerable<(int, int, int)> Spans(Regex pattern, string shape, int keptGroup)
    {
        for (var match = pattern.Match(shape); match.Success; match = match.NextMatch())
            yield return (match.Index, keptGroup == 0 ? 0 : match.Groups[keptGroup].Length, match.Index + match.Length);
    }

    static (string Shape, int[] Starts) Project(string text)
    {
        var shape = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        for (var i = 0; i < text.Length; i++)
        {
            starts.Add(i);
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                var rune = new Rune(text[i], text[++i]);
                shape.Append(Rune.IsDigit(rune) ? Digit : PythonText.IsWord(rune.Value) ? Letter : Other);
            }
            else
            {
                shape.Append(text[i]);
            }
        }

        starts.Add(text.Length);
        return (shape.ToString(), [.. starts]);
    }
}
