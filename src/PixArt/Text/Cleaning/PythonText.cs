using System.Globalization;
using System.Text;

namespace PixArt.Text.Cleaning;

/// <summary>Character classes and string functions with Python's meaning: by code point, and with its own idea of what a word
/// and a space are. The reference cleaning is written against those.</summary>
static class PythonText
{
    /// <summary><c>\w</c>: any letter, any number (superscripts and fractions too) or an underscore. No combining marks.</summary>
    public static bool IsWord(int codePoint) =>
        codePoint < 0x80
            ? char.IsAsciiLetterOrDigit((char)codePoint) || codePoint == '_'
            : CharUnicodeInfo.GetUnicodeCategory(codePoint)
                is <= UnicodeCategory.OtherLetter
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary><c>\s</c>: white space, to which Python counts the four ASCII separators.</summary>
    public static bool IsSpace(char unit) => char.IsWhiteSpace(unit) || unit is >= '\x1c' and <= '\x1f';

    /// <summary><c>str.strip()</c>.</summary>
    public static string Strip(string text)
    {
        var (start, end) = (0, text.Length);
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary><c>str.lower()</c>: the full mapping, where a capital sigma that ends a word becomes ς and İ two characters.</summary>
    public static string Lower(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\x80', '\uffff')) return text.ToLowerInvariant();
        var lower = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var unit = text[i];
            switch (unit)
            {
                case 'İ': lower.Append("i\u0307"); break;
                case 'Σ': lower.Append(EndsWord(text, i) ? 'ς' : 'σ'); break;
                default:
                    if (char.IsHighSurrogate(unit) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                        lower.Append(Rune.ToLowerInvariant(new Rune(unit, text[++i])).ToString());
                    else
                        lower.Append(char.ToLowerInvariant(unit));
                    break;
            }
        }

        return lower.ToString();
    }

    // Unicode's Final_Sigma: a cased letter before it and none after it, over characters that casing ignores.
    static bool EndsWord(string text, int at)
    {
        var before = at;
        Rune rune = default;
        while (before > 0)
        {
            rune = RuneBefore(text, before);
            if (!IgnoredByCasing(rune)) break;
            before -= rune.Utf16SequenceLength;
        }

        if (before == 0 || !IsCased(rune)) return false;
        var after = at + 1;
        while (after < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(after), out rune, out var length);
            if (!IgnoredByCasing(rune)) return !IsCased(rune);
            after += length;
        }

        return true;
    }

    static Rune RuneBefore(string text, int end)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, end), out var rune, out _);
        return rune;
    }

    static bool IgnoredByCasing(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || (rune.IsBmp && "'.:·\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a"
            .Contains((char)rune.Value, StringComparison.Ordinal));

    static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xaa or 0xba or (>= 0x2160 and <= 0x217f) or (>= 0x24b6 and <= 0x24e9)
            or (>= 0x1f130 and <= 0x1f149) or (>= 0x1f150 and <= 0x1f169) or (>= 0x1f170 and <= 0x1f189);
}
