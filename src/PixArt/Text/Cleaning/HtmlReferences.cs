using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace PixArt.Text.Cleaning;

/// <summary>HTML's character references, as the HTML standard reads them: names with and without semicolon, numbers.</summary>
static class HtmlReferences
{
    const int LongestName = 32;

    static readonly FrozenDictionary<string, (string Text, bool Bare)> s_names = Read();
    static readonly FrozenDictionary<string, (string Text, bool Bare)>.AlternateLookup<ReadOnlySpan<char>> s_spans =
        s_names.GetAlternateLookup<ReadOnlySpan<char>>();

    // What the standard reads numbers 0x80 to 0x9f as (Windows-1252); a space where it keeps them.
    const string Windows1252 = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

    /// <summary>Text of a name without semicolon; null if there is no such name.</summary>
    public static string? Named(string name) => s_names.TryGetValue(name, out var found) ? found.Text : null;

    /// <summary>Names (that need a semicolon) and their texts.</summary>
    public static IEnumerable<KeyValuePair<string, string>> All => s_names.Select(n => KeyValuePair.Create(n.Key, n.Value.Text));

    /// <summary>Resolves every reference of a text once.</summary>
    public static string Unescape(string text)
    {
        var at = text.IndexOf('&', StringComparison.Ordinal);
        if (at < 0) return text;
        var result = new StringBuilder(text.Length);
        var done = 0;
        while (at >= 0)
        {
            var (length, replacement) = At(text.AsSpan(at));
            if (length > 0)
            {
                result.Append(text, done, at - done).Append(replacement);
                done = at + length;
            }

            at = text.IndexOf('&', Math.Max(done, at + 1));
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>The reference that a text begins with: how much of it, and what it stands for. Length 0: none.</summary>
    static (int Length, string Text) At(ReadOnlySpan<char> text)
    {
        if (text.Length > 1 && text[1] == '#') return Number(text);
        var length = 1;
        while (length < text.Length && length <= LongestName && text[length] is not ('\t' or '\n' or '\f' or ' ' or '<' or '&' or '#' or ';'))
            length++;
        if (length < text.Length && text[length] == ';' && length > 1
            && s_spans.TryGetValue(text[1..length], out var exact))
        {
            return (length + 1, exact.Text);
        }

        // Without a semicolon the longest name counts that may stand so.
        for (; length > 2; length--)
            if (s_spans.TryGetValue(text[1..length], out var found) && found.Bare) return (length, found.Text);
        return (0, "");
    }

    static (int Length, string Text) Number(ReadOnlySpan<char> text)
    {
        var hex = text.Length > 2 && text[2] is 'x' or 'X';
        var start = hex ? 3 : 2;
        var end = start;
        while (end < text.Length && (hex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end]))) end++;
        if (end == start) return (0, "");
        var value = Value(text[start..end], hex);
        if (end < text.Length && text[end] == ';') end++;
        return (end, Character(value));
    }

    /// <summary>The number of digits; what is beyond Unicode is 0x110000.</summary>
    public static int Value(ReadOnlySpan<char> digits, bool hex)
    {
        var value = 0;
        foreach (var digit in digits)
        {
            var worth = char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
            value = Math.Min(value * (hex ? 16 : 10) + worth, 0x110000);
        }

        return value;
    }

    static string Character(int value) => value switch
    {
        0 or > 0x10ffff or (>= 0xd800 and <= 0xdfff) => "\ufffd",
        0x0d => "\r",
        >= 0x80 and <= 0x9f when Windows1252[value - 0x80] != ' ' => Windows1252[value - 0x80].ToString(),
        >= 0x80 and <= 0x9f => ((char)value).ToString(),
        // Controls and noncharacters are references to nothing.
        <= 0x08 or 0x0b or (>= 0x0e and <= 0x1f) or 0x7f or (>= 0xfdd0 and <= 0xfdef) => "",
        _ when (value & 0xfffe) == 0xfffe => "",
        _ => char.ConvertFromUtf32(value),
    };

    static FrozenDictionary<string, (string, bool)> Read() => TextData.Lines("html-entities.txt").Select(line =>
    {
        var parts = line.Split(' ');
        var bare = parts[0].EndsWith('!');
        var text = string.Concat(parts.Skip(1).Select(
            code => char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
        return KeyValuePair.Create(bare ? parts[0][..^1] : parts[0], (text, bare));
    }).ToFrozenDictionary(StringComparer.Ordinal);
}
