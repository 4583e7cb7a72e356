using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace PixArt.Text.Cleaning;

/// <summary>Repairs text as <c>ftfy.fix_text</c> 6.3 does with its defaults: HTML references, wrong decodings, ligatures,
/// full-width and half-width forms, curly quotes, line breaks, surrogates, terminal colours, control characters, and
/// normalisation form C.</summary>
[SuppressMessage("Security", "MA0009", Justification = "No pattern backtracks over what another part of it can match.")]
static partial class TextRepair
{
    const int LongestSegment = 1_000_000;
    const long SmallestWork = 16_000_000;
    const int RoundsForAll = 20;

    const string Ligatures =
        "ĲIJ ĳij ŉʼn ǱDZ ǲDz ǳdz ǄDŽ ǅDž ǆdž ǇLJ ǈLj ǉlj ǊNJ ǋNj ǌnj ﬀff ﬁfi ﬂfl ﬃffi ﬄffl ﬅſt ﬆst";

    // U+FF5F on, in order; a space where there is no other form.
    const string HalfWidth =
        "⦅⦆。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309a"
        + "\u1160\u1100\u1101\u11aa\u1102\u11ac\u11ad\u1103\u1104\u1105\u11b0\u11b1\u11b2\u11b3\u11b4\u11b5"
        + "\u111a\u1106\u1107\u1108\u1121\u1109\u110a\u110b\u110c\u110d\u110e\u110f\u1110\u1111\u1112   "
        + "\u1161\u1162\u1163\u1164\u1165\u1166  \u1167\u1168\u1169\u116a\u116b\u116c  \u116d\u116e\u116f\u1170\u1171\u1172  "
        + "\u1173\u1174\u1175   ¢£¬ ¦¥₩ │←↑→↓■○";

    static readonly FrozenDictionary<char, string> s_forms = Forms();
    static readonly FrozenDictionary<string, string> s_references = References();

    /// <summary>Repairs a text, line by line.</summary>
    public static string Fix(string text)
    {
        var work = Math.Max(SmallestWork, (long)text.Length * RoundsForAll);
        var result = new StringBuilder(text.Length);
        var references = true;
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) + 1;
            if (end == 0) end = text.Length;
            if (end - start > LongestSegment) end = start + LongestSegment;
            var segment = text[start..end];
            // A < says that this is HTML, whose references are meant; so from here on.
            references &= !segment.Contains('<', StringComparison.Ordinal);
            result.Append(FixSegment(segment, references, ref work));
            start = end;
        }

        return result.ToString();
    }

    static string FixSegment(string text, bool references, ref long work)
    {
        while (true)
        {
            var before = text;
            work -= text.Length;
            if (references) text = Reference().Replace(text, static match => Resolve(match.Value));
            text = EncodingRepair.Repair(text, ref work);
            text = EncodingRepair.ControlsAsWindows1252(text);
            text = ReplaceForms(text);
            text = Quotes(text);
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
            text = LineBreak().Replace(text, "\n");
            text = WithoutUnpairedSurrogates(text);
            text = TerminalEscape().Replace(text, "");
            text = Control().Replace(text, "");
            text = Nfc.Normalize(text);
            if (work < 0 || string.Equals(text, before, StringComparison.Ordinal)) return text;
        }
    }

    static string Resolve(string reference)
    {
        if (s_references.TryGetValue(reference, out var text)) return text;
        if (reference[1] != '#') return reference;
        var resolved = HtmlReferences.Unescape(reference);
        return resolved.Contains(';', StringComparison.Ordinal) ? reference : resolved;
    }

    static string ReplaceForms(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0132', '\uffff')) return text;
        var result = new StringBuilder(text.Length);
        foreach (var unit in text)
        {
            if (s_forms.TryGetValue(unit, out var form)) result.Append(form);
            else result.Append(unit);
        }

        return result.ToString();
    }

    static string Quotes(string text) => string.Create(text.Length, text, static (result, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            result[i] = text[i] switch
            {
                'ʼ' or (>= '\u2018' and <= '\u201b') => '\'',
                >= '\u201c' and <= '\u201f' => '"',
                var other => other,
            };
        }
    });

    static string WithoutUnpairedSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff')) return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) result.Append(rune.ToString());
        return result.ToString();
    }

    // One form at a time, as the reference does: ligatures first, then widths.
    static FrozenDictionary<char, string> Forms()
    {
        var forms = new Dictionary<char, string> { ['\u3000'] = " ", ['\uffe3'] = " \u0304" };
        foreach (var entry in Ligatures.Split(' ')) forms[entry[0]] = entry[1..];
        for (var unit = '\uff01'; unit <= '\uff5e'; unit++) forms[unit] = ((char)(unit - 0xfee0)).ToString();
        for (var i = 0; i < HalfWidth.Length; i++)
            if (HalfWidth[i] != ' ') forms[(char)(0xff5f + i)] = HalfWidth[i].ToString();
        return forms.ToFrozenDictionary();
    }

    // Names with their semicolon, and capital spellings of names that have none of their own.
    static FrozenDictionary<string, string> References()
    {
        var references = HtmlReferences.All.ToDictionary(n => $"&{n.Key};", n => n.Value, StringComparer.Ordinal);
        foreach (var (name, text) in HtmlReferences.All)
        {
            var capital = $"&{name.ToUpperInvariant()};";
            if (string.Equals(name, name.ToLowerInvariant(), StringComparison.Ordinal)
                && string.Equals(HtmlReferences.Unescape(capital), capital, StringComparison.Ordinal))
            {
                references[capital] = Upper(text);
            }
        }

        return references.ToFrozenDictionary(StringComparer.Ordinal);
    }

    // Full upper case of what the references stand for.
    static string Upper(string text) => text switch
    {
        "ß" => "SS",
        "ŉ" => "ʼN",
        "ı" => "I",
        "ﬀ" => "FF",
        "ﬁ" => "FI",
        "ﬂ" => "FL",
        "ﬃ" => "FFI",
        "ﬄ" => "FFL",
        _ => text.ToUpperInvariant(),
    };

    [GeneratedRegex("&#?[0-9A-Za-z]{1,24};")]
    private static partial Regex Reference();

    [GeneratedRegex("[\r\u2028\u2029\u0085]")]
    private static partial Regex LineBreak();

    [GeneratedRegex(@"\x1b\[[\d;]*[a-zA-Z]")]
    private static partial Regex TerminalEscape();

    [GeneratedRegex(@"[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]+")]
    private static partial Regex Control();
}
