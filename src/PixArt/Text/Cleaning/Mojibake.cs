using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace PixArt.Text.Cleaning;

/// <summary>Recognises text that was decoded in the wrong encoding, by sequences of characters that hardly occur otherwise. The
/// characters' kinds and the sequences are those of ftfy 6.3.</summary>
static class Mojibake
{
    // Ranges are written with a hyphen.
    const string Common = "\u00a0\u00ad·´–—―…’";
    const string Controls = "\u0080-\u009f";
    const string Bad = "¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº";
    const string Law = "¶§";
    const string Currency = "¢£¥₧€";
    const string Opening = "¡«¿©\u0384\u0385‘‚“„•‹\uf8ff";
    const string Closing = "®»˝”›™";
    const string Numeric = "²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№";
    const string Kaomoji = "Ò-ÖÙ-Üò-öø-üŐŌŪŲ°";
    const string UpperAccented = "À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ";
    const string LowerAccented = "ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ";
    const string UpperCommon = "ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я";
    const string LowerCommon = "α-ωάέήίΰа-џ";
    const string Box = "│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓";
    const string Accented = LowerAccented + UpperAccented;
    const string Marks = Opening + Closing;
    const string Arabic = Common + Currency + Bad + Numeric + Opening + "ŸŠ®°µ»";
    const string Cyrillic = Controls + Bad + Marks + Currency + "°µ";
    const string Greek = Controls + Bad + Marks + Currency + "°";

    // Parts that stand for a class.
    const string Space = "\\s", Word = "\\w", NotLatin = "^A-Za-z", Any = "\\.";

    static readonly Slot[][] s_sequences =
    [
        Of(Controls),
        Of(Bad + Accented + Box + Marks + Currency + Numeric + Law, Bad),
        Of("a-zA-Z", LowerCommon + UpperCommon, Bad),
        Of(Bad, Accented + Box + Marks + Currency + Numeric + Law),
        Of(LowerAccented + LowerCommon + Box + Closing + Currency + Numeric, UpperAccented),
        Of(Box + Closing + Currency + Numeric, LowerAccented),
        Of(LowerAccented + Box + Closing, Currency),
        Of(Space, UpperAccented, Currency),
        Of(UpperAccented + Box, Numeric + Law),
        Of(Accented + Box + Currency + Closing, Opening, Numeric),
        Of(Accented + Currency + Numeric + Box + Law, Closing, Opening),
        Of(Currency + Numeric + Box, Opening),
        Of("a-z", UpperAccented, Opening + Currency),
        Of(Box, Kaomoji),
        Of(Accented + Currency + Numeric + Marks + Law, Box),
        Of(Box, Closing),
        Of(Accented, Marks, Word),
        Of("Œœ", NotLatin),
        Of(UpperAccented, "°"),

        // Windows-1252 over two-byte sequences, over Arabic, over scripts of South Asia
        Of("ÂÃÎÐ", "€œŠš¢£Ÿž\u00a0\u00ad®©°·»–—´" + Marks),
        Of("×", "²³"),
        Of("ØÙ", Arabic, "ØÙ", Arabic),
        Of("à", "²µ¹¼½¾"),
        Of("Ã", "\u00a0¡"),
        Of("a-z", "ÃÂ", " "),
        Of("a-z", Space, "ÃÂ", " "),
        Of("a-z.,?!" + Closing, "Â", " " + Marks),

        // Macintosh Roman
        Of("√", "±∂†≠®™´≤≥¥µø"),
        Of("≈", "°¢"),
        Of("‚", "Ä", "ìîïòôúùû†°¢π"),
        Of("‚", "âó", "àä°ê"),

        // Windows-1251, -1253, -1257 over punctuation and over letters
        Of("в", "Ђ"),
        Of("ВГРС", Cyrillic, "ВГРС"),
        Of("Г", "ў", "В", "Ђ", "В", Any, "A-Za-z "),
        Of("β", "€", "™\u00a0Ά\u00ad®°"),
        Of("ΒΓΞΟ", Greek, "ΒΓΞΟ"),
        Of("ā", "€"),
    ];

    static readonly FrozenDictionary<char, Slot[][]> s_byFirst = s_sequences
        .SelectMany(sequence => sequence[0].Characters.Select(first => (first, sequence)))
        .GroupBy(entry => entry.first, entry => entry.sequence)
        .ToFrozenDictionary(group => group.Key, group => group.ToArray());

    /// <summary>Whether the text has one of the sequences.</summary>
    public static bool IsLikely(ReadOnlySpan<char> text)
    {
        if (text.Length > 1 && text[0] is 'Ã' or 'Â' && text[1] == ' ') return true;
        const int reach = 3;
        var checkedTo = 0;
        for (var i = 0; i < text.Length; i++)
        {
            // Every sequence has its first character beyond ASCII at most two places after its beginning.
            if (text[i] < 0x80)
            {
                var next = text[i..].IndexOfAnyInRange('\u0080', '\uffff');
                if (next < 0) return false;
                i += next;
            }

            for (var start = Math.Max(checkedTo, i - reach + 1); start <= i; start++)
                if (BeginsAt(text[start..])) return true;
            checkedTo = i + 1;
        }

        return false;
    }

    static bool BeginsAt(ReadOnlySpan<char> text)
    {
        if (!s_byFirst.TryGetValue(text[0], out var sequences)) return false;
        foreach (var sequence in sequences)
        {
            if (sequence.Length > text.Length) continue;
            var matched = 1;
            while (matched < sequence.Length && sequence[matched].Matches(text[matched..])) matched++;
            if (matched == sequence.Length) return true;
        }

        return false;
    }

    static Slot[] Of(params string[] parts) => [.. parts.Select(part => new Slot(part))];

    /// <summary>One place of a sequence.</summary>
    sealed class Slot
    {
        readonly SearchValues<char> _characters;
        readonly string _class;

        public Slot(string part)
        {
            _class = part;
            Characters = part switch
            {
                Space => string.Concat(Enumerable.Range(0, 0x10000).Select(unit => (char)unit).Where(PythonText.IsSpace)),
                Word or Any or NotLatin => "",
                _ => Expand(part),
            };
            _characters = SearchValues.Create(Characters);
        }

        /// <summary>The characters that may stand here; empty for the classes that none begins with.</summary>
        public string Characters { get; }

        public bool Matches(ReadOnlySpan<char> text) => _class switch
        {
            Any => text[0] != '\n',
            NotLatin => !char.IsAsciiLetter(text[0]),
            Word => Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && PythonText.IsWord(rune.Value),
            _ => _characters.Contains(text[0]),
        };

        static string Expand(string part)
        {
            var all = new StringBuilder();
            for (var i = 0; i < part.Length; i++)
            {
                var last = i + 2 < part.Length && part[i + 1] == '-' ? part[i + 2] : part[i];
                for (int unit = part[i]; unit <= last; unit++) all.Append((char)unit);
                if (last != part[i]) i += 2;
            }

            return all.ToString();
        }
    }
}
