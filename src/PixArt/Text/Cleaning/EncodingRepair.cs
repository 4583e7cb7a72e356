using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace PixArt.Text.Cleaning;

/// <summary>Undoes a wrong decoding: text whose characters look like UTF-8 read as one byte a character becomes what the bytes
/// meant (ftfy 6.3, <c>fix_encoding</c>).</summary>
[SuppressMessage("Security", "MA0009", Justification = "Every pattern has a fixed length.")]
static partial class EncodingRepair
{
    static readonly FrozenSet<char> s_firstOfTwo = Characters(0xc2, 0xdf);
    static readonly FrozenSet<char> s_firstOfThree = Characters(0xe0, 0xef);
    static readonly FrozenSet<char> s_firstOfFour = Characters(0xf0, 0xf0).Union(Characters(0xf3, 0xf3)).ToFrozenSet();
    static readonly FrozenSet<char> s_following = Characters(0x80, 0xbf).Append(' ').ToFrozenSet();

    // Characters that also stand for themselves beside damaged text do not count as a part of it.
    static readonly FrozenSet<char> s_strictlyFollowing = Characters(0x80, 0xbf).Except("–—―‘’‚“”„•…").ToFrozenSet();

    /// <summary>Repairs until nothing changes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="work">Units of text that may yet be looked at; bounds what a hostile text can cost.</param>
    public static string Repair(string text, ref long work)
    {
        while (true)
        {
            work -= text.Length;
            var repaired = Step(text, ref work);
            if (work < 0 || string.Equals(repaired, text, StringComparison.Ordinal)) return repaired;
            text = repaired;
        }
    }

    static string Step(string text, ref long work)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0080', '\uffff') || !Mojibake.IsLikely(text)) return text;
        var latin1 = SingleByteEncoding.Latin1.TryEncode(text);
        foreach (var encoding in SingleByteEncoding.All)
        {
            var bytes = encoding == SingleByteEncoding.Latin1 ? latin1 : encoding.TryEncode(text);
            if (bytes is not null && AsUtf8(bytes, encoding) is { } decoded) return decoded;
        }

        var parts = RepairParts(text, ref work);
        if (!string.Equals(parts, text, StringComparison.Ordinal)) return parts;

        // Latin-1 that holds C1 controls was meant as Windows-1252, where it has all of them; else only the controls were.
        if (latin1 is not null && !latin1.Any(b => b is 0x81 or 0x8d or 0x8f or 0x90 or 0x9d))
        {
            var windows = Decode(latin1);
            if (!string.Equals(windows, text, StringComparison.Ordinal)) return windows;
        }

        return ControlsAsWindows1252(text);
    }

    /// <summary>C1 controls as the Windows-1252 characters of the same number.</summary>
    public static string ControlsAsWindows1252(string text) =>
        !text.AsSpan().ContainsAnyInRange('\u0080', '\u009f')
            ? text
            : string.Create(text.Length, text, static (result, text) =>
            {
                for (var i = 0; i < text.Length; i++)
                    result[i] = text[i] is >= '\u0080' and <= '\u009f' ? SingleByteEncoding.Windows1252[(byte)text[i]] : text[i];
            });

    static string Decode(byte[] bytes)
    {
        // Here byte 1a is itself.
        var text = SingleByteEncoding.Windows1252.Decode(bytes);
        return bytes.AsSpan().Contains((byte)0x1a) ? text.Replace('\ufffd', '\u001a') : text;
    }

    static string? AsUtf8(byte[] bytes, SingleByteEncoding encoding)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (!encoding.IsMacintosh && SpaceInsideCharacter().IsMatch(text))
        {
            text = GraveWord().Replace(text, "\u00c3\u00a0 ");
            text = SpaceInsideCharacter().Replace(text, static match => match.Value.Replace(' ', '\u00a0'));
        }

        if (encoding.IsLossy) text = LostBytes().Replace(text, "\u00ef\u00bf\u00bd");
        return Utf8Variants.TryDecode(Encoding.Latin1.GetBytes(text));
    }

    // Damaged passages in text that is otherwise sound, each by itself.
    static string RepairParts(string text, ref long work)
    {
        StringBuilder? result = null;
        var done = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var length = i > 0 && s_strictlyFollowing.Contains(text[i - 1]) ? 0 : DamagedLength(text, i);
            if (length == 0) continue;
            if (length < text.Length && Mojibake.IsLikely(text.AsSpan(i, length)))
            {
                result ??= new StringBuilder(text.Length);
                result.Append(text, done, i - done).Append(Repair(text.Substring(i, length), ref work));
                done = i + length;
            }

            i += length - 1;
        }

        return result is null ? text : result.Append(text, done, text.Length - done).ToString();
    }

    // How many characters from here on read as whole UTF-8 sequences.
    static int DamagedLength(string text, int start)
    {
        var end = start;
        while (end < text.Length)
        {
            var more = s_firstOfTwo.Contains(text[end]) ? 1 : s_firstOfThree.Contains(text[end]) ? 2 : s_firstOfFour.Contains(text[end]) ? 3 : 0;
            if (more == 0 || end + more >= text.Length) break;
            var follow = 1;
            while (follow <= more && s_following.Contains(text[end + follow])) follow++;
            if (follow <= more) break;
            end += more + 1;
        }

        return end - start;
    }

    static FrozenSet<char> Characters(int first, int last) =>
        SingleByteEncoding.LikeLatin1.SelectMany(e => Enumerable.Range(first, last - first + 1).Select(b => e[(byte)b])).ToFrozenSet();

    // à as a word of its own, whose second byte became the space that follows it.
    [GeneratedRegex("\u00c3 (?! |quele|quela|quilo|s )")]
    private static partial Regex GraveWord();

    // UTF-8 in which byte a0 became a space.
    [GeneratedRegex("""
        [\xc2\xc3\xc5\xce\xd0\xd9][ ]
        |[\xe2\xe3][ ][\x80-\x84\x86-\x9f\xa1-\xbf]
        |[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf][ ]
        |\xf0(?:[ ][\x80-\xbf]{2}|[\x80-\xbf][ ][\x80-\xbf]|[\x80-\xbf]{2}[ ])
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex SpaceInsideCharacter();

    // UTF-8 in which bytes became the substitute character or a question mark; at least one of them did.
    [GeneratedRegex("""
        [\xc2-\xdf]\x1a
        |[\xc2\xc3][?]
        |\xed[\xa0-\xaf]\x1a\xed[\xb0-\xbf][\x1a?\x80-\xbf]
        |\xed[\xa0-\xaf][?]\xed[\xb0-\xbf][\x1a?\x80-\xbf]
        |\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x1a?]
        |[\xe0-\xef](?:[\x1a?][\x1a\x80-\xbf]|[\x1a\x80-\xbf][\x1a?])
        |[\xf0-\xf4](?:[\x1a?][\x1a\x80-\xbf]{2}|[\x1a\x80-\xbf][\x1a?][\x1a\x80-\xbf]|[\x1a\x80-\xbf]{2}[\x1a?])
        |\x1a
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex LostBytes();
}
