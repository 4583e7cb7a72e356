using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace PixArt.Text.Cleaning;

/// <summary>Unicode's normalisation form C (UAX #15), by its own tables: the platform's needs a library that may be missing, and
/// does nothing without it.</summary>
static class Nfc
{
    // Hangul syllables are composed by arithmetic.
    const int SBase = 0xac00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11a7, LCount = 19, VCount = 21, TCount = 28;

    static readonly FrozenDictionary<int, int[]> s_decompositions;
    static readonly FrozenDictionary<(int, int), int> s_compositions;
    static readonly FrozenDictionary<int, byte> s_classes;

    static Nfc()
    {
        var decompositions = new Dictionary<int, int[]>();
        var compositions = new Dictionary<(int, int), int>();
        var classes = new Dictionary<int, byte>();
        foreach (var line in TextData.Lines("unicode-nfc.txt"))
        {
            var parts = line.Split('=', '>', '+', ':', ' ');
            var first = Hex(parts[0]);
            if (line.Contains('+', StringComparison.Ordinal))
            {
                for (var i = 0; i < Hex(parts[1]); i++)
                    classes[first + i] = byte.Parse(parts[2], CultureInfo.InvariantCulture);
                continue;
            }

            int[] parted = [.. parts.Skip(1).Select(Hex)];
            decompositions[first] = parted;
            if (line.Contains('=', StringComparison.Ordinal)) compositions[(parted[0], parted[1])] = first;
        }

        s_decompositions = decompositions.ToFrozenDictionary();
        s_compositions = compositions.ToFrozenDictionary();
        s_classes = classes.ToFrozenDictionary();
    }

    /// <summary>The text in form C. Unpaired surrogates stay as they are.</summary>
    public static string Normalize(string text)
    {
        // Nothing below the combining marks composes or falls apart.
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uffff')) return text;
        var points = Decompose(text);
        Order(points);
        Compose(points);
        var result = new StringBuilder(points.Count);
        foreach (var point in points)
        {
            if (point <= 0xffff) result.Append((char)point);
            else result.Append(char.ConvertFromUtf32(point));
        }

        return result.ToString();
    }

    static List<int> Decompose(string text)
    {
        var points = new List<int>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                Add(char.ConvertToUtf32(text[i], text[++i]));
            else
                Add(text[i]);
        }

        return points;

        void Add(int point)
        {
            var syllable = point - SBase;
            if (syllable is >= 0 and < LCount * VCount * TCount)
            {
                points.Add(LBase + syllable / (VCount * TCount));
                points.Add(VBase + syllable % (VCount * TCount) / TCount);
                if (syllable % TCount > 0) points.Add(TBase + syllable % TCount);
            }
            else if (s_decompositions.TryGetValue(point, out var parts))
            {
                foreach (var part in parts) Add(part);
            }
            else
            {
                points.Add(point);
            }
        }
    }

    // Marks behind a base are sorted by their class; those of one class keep their order.
    static void Order(List<int> points)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (Class(points[i]) == 0) continue;
            var end = i + 1;
            while (end < points.Count && Class(points[end]) != 0) end++;
            if (end - i > 1)
            {
                var sorted = points.GetRange(i, end - i).OrderBy(Class).ToArray();
                for (var k = 0; k < sorted.Length; k++) points[i + k] = sorted[k];
            }

            i = end;
        }
    }

    // A mark joins the last base unless one of its own class, or a higher one, stands between them.
    static void Compose(List<int> points)
    {
        var (kept, starter, lastClass) = (0, -1, 0);
        for (var i = 0; i < points.Count; i++)
        {
            var point = points[i];
            var its = Class(point);
            var blocked = starter >= 0 && kept - starter > 1 && lastClass >= its;
            if (starter >= 0 && !blocked && Pair(points[starter], point) is { } composed)
            {
                points[starter] = composed;
                continue;
            }

            if (its == 0) starter = kept;
            lastClass = its;
            points[kept++] = point;
        }

        points.RemoveRange(kept, points.Count - kept);
    }

    static int? Pair(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return SBase + ((first - LBase) * VCount + (second - VBase)) * TCount;
        if (first is >= SBase and < SBase + LCount * VCount * TCount && (first - SBase) % TCount == 0
            && second is > TBase and < TBase + TCount)
        {
            return first + (second - TBase);
        }

        return s_compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }

    static byte Class(int point) => point < 0x300 ? (byte)0 : s_classes.GetValueOrDefault(point);

    static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
