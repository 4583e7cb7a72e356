namespace PixArt.Text.Cleaning;

/// <summary>
/// Finds what looks like an address: a scheme with its colon and slashes, or a name under one of eight top-level domains with
/// the path behind it. It is the search of the pattern
/// <c>\b(scheme:(/{1,3}|[a-zA-Z0-9%])|[a-zA-Z0-9.\-]+[.](com|co|ru|net|org|edu|gov|it)[\w/-]*\b/?(?!@))</c>,
/// written out, because backtracking takes quadratic time over it.
/// </summary>
sealed class UrlSearch
{
    static readonly string[] s_domains = ["com", "co", "ru", "net", "org", "edu", "gov", "it"];

    readonly string _text;
    readonly string[] _schemes;
    int _runEnd = -1;
    int _lastDot = -1;
    int _lastEnd = -1;

    UrlSearch(string text, string[] schemes)
    {
        _text = text;
        _schemes = schemes;
    }

    /// <summary>Every address, from left to right.</summary>
    /// <param name="text">Text of one unit per code point.</param>
    /// <param name="schemes">For example <c>https:</c> and <c>http:</c>.</param>
    public static IEnumerable<(int Start, int Kept, int End)> Find(string text, params string[] schemes)
    {
        var search = new UrlSearch(text, schemes);
        for (var i = 0; i < text.Length;)
        {
            var end = search.IsBoundary(i) ? search.Match(i) : -1;
            if (end > i) yield return (i, 0, end);
            i = end > i ? end : i + 1;
        }
    }

    int Match(int start)
    {
        foreach (var scheme in _schemes)
        {
            if (string.CompareOrdinal(_text, start, scheme, 0, scheme.Length) != 0) continue;
            var end = start + scheme.Length;
            var slashes = 0;
            while (slashes < 3 && end + slashes < _text.Length && _text[end + slashes] == '/') slashes++;
            if (slashes > 0) return end + slashes;
            if (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] == '%')) return end + 1;
        }

        if (start >= _runEnd) ReadRun(start);
        return start < _lastDot ? _lastEnd : -1;
    }

    // A name is as long as it can be, so its last usable dot decides for every place in the run where a name may begin.
    void ReadRun(int start)
    {
        var end = start;
        while (end < _text.Length && (char.IsAsciiLetterOrDigit(_text[end]) || _text[end] is '.' or '-')) end++;
        (_runEnd, _lastDot, _lastEnd) = (Math.Max(end, start + 1), -1, -1);
        for (var dot = end - 1; dot > start; dot--)
        {
            if (_text[dot] != '.') continue;
            foreach (var domain in s_domains)
            {
                if (string.CompareOrdinal(_text, dot + 1, domain, 0, domain.Length) != 0) continue;
                var tail = Tail(dot + 1 + domain.Length);
                if (tail < 0) continue;
                (_lastDot, _lastEnd) = (dot, tail);
                return;
            }
        }
    }

    // The path behind the domain: to the last word boundary that is not followed by an @, and a slash with it.
    int Tail(int start)
    {
        var end = start;
        while (end < _text.Length && (_text[end] is '/' or '-' || PythonText.IsWord(_text[end]))) end++;
        for (; end >= start; end--)
        {
            if (!IsBoundary(end)) continue;
            var next = At(end);
            if (next == '/') return At(end + 1) == '@' ? end : end + 1;
            if (next != '@') return end;
        }

        return -1;
    }

    bool IsBoundary(int at) => (at > 0 && PythonText.IsWord(_text[at - 1])) != (at < _text.Length && PythonText.IsWord(_text[at]));

    char At(int index) => index < _text.Length ? _text[index] : '\0';
}
