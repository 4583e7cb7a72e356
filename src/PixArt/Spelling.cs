namespace PixArt;

/// <summary>Finds what was probably meant by a name that does not exist.</summary>
static class Spelling
{
    // Longer names are cut, so that a hostile one costs nothing.
    const int Longest = 64;

    /// <summary>The candidate with the fewest edits, if those are few enough for a typing error. Case does not count.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What there is.</param>
    /// <param name="most">Edits at most; null: two, or a third of a long name.</param>
    /// <returns>Null where none is near.</returns>
    public static string? Nearest(string name, IEnumerable<string> candidates, int? most = null)
    {
        if (name.Length == 0) return null;
        var written = Plain(name);
        return candidates
            .Select(candidate => (candidate, Distance: Distance(written, Plain(candidate))))
            .Where(pair => pair.Distance <= (most ?? Math.Max(2, written.Length / 3)))
            .OrderBy(pair => pair.Distance).Select(pair => pair.candidate).FirstOrDefault();
    }

    /// <summary>A question to put behind an error: <c>; did you mean 'x'?</c>, or nothing.</summary>
    /// <param name="nearest">What <see cref="Nearest"/> found.</param>
    public static string Question(string? nearest) => nearest is null ? "" : $"; did you mean '{nearest}'?";

    static string Plain(string name) => (name.Length > Longest ? name[..Longest] : name).ToUpperInvariant();

    // Levenshtein.
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                (row[j], diagonal) = (Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost), row[j]);
            }
        }

        return row[b.Length];
    }
}
