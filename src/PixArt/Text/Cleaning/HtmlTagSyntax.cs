namespace PixArt.Text.Cleaning;

/// <summary>Reads start tags as Python's <c>html.parser</c> does: name, attributes with quoted, bare or missing values, in any
/// state of disorder. Remembers what came of each place where attributes may go on, so that many unfinished tags in one
/// text take one pass over it.</summary>
/// <param name="text">The document.</param>
sealed class HtmlTagSyntax(string text)
{
    readonly int _lastSingleQuote = text.LastIndexOf('\'');
    readonly int _lastDoubleQuote = text.LastIndexOf('"');
    readonly Run _tagName = new(text, static unit => unit is '\t' or '\n' or '\r' or '\f' or ' ' or '/' or '>' or '\0');
    readonly Run _attributeName = new(text, static unit => unit is '/' or '=' or '>' || PythonText.IsSpace(unit));
    readonly Run _bareValue = new(text, static unit => unit is '>' || PythonText.IsSpace(unit));
    Tag?[]? _memory;

    /// <summary>Where the tag name that begins here ends.</summary>
    public int NameEnd(int start) => _tagName.End(start);

    /// <summary>Reads the tag that begins with &lt; and a letter.</summary>
    public Tag Read(int start)
    {
        var nameEnd = NameEnd(start + 1);
        var at = nameEnd;
        while (IsSpaceAt(at) || At(at) == '/') at++;
        if (IsAttribute(at)) return Attributes(at, start, nameEnd);
        var slashed = at > nameEnd && At(at - 1) == '/';
        var ending = Ending(at);
        return Named(slashed ? ending with { SelfClosing = true } : ending, start, nameEnd);
    }

    Tag Attributes(int at, int start, int nameEnd)
    {
        _memory ??= new Tag?[text.Length + 1];
        var visited = new List<int>();
        Tag? ending;
        while ((ending = _memory[at]) is null)
        {
            visited.Add(at);
            at = AfterAttribute(at);
            if (IsAttribute(at)) continue;
            ending = Ending(at);
            break;
        }

        foreach (var place in visited) _memory[place] = ending;
        return Named(ending, start, nameEnd);
    }

    Tag Named(Tag ending, int start, int nameEnd) =>
        ending.Name is null ? ending : ending with { Name = PythonText.Lower(text[(start + 1)..nameEnd]) };

    // What follows the attributes decides: an end, the end of the text (or what may become a value yet), or disorder.
    Tag Ending(int at) => At(at) switch
    {
        '>' => new Tag(at + 1, "", false),
        '/' when At(at + 1) == '>' => new Tag(at + 2, "", true),
        '/' or '=' => Tag.Unfinished,
        '\0' when at == text.Length => Tag.Unfinished,
        var unit when char.IsAsciiLetter(unit) => Tag.Unfinished,
        _ => new Tag(at, null, false),
    };

    bool IsAttribute(int at) =>
        at < text.Length && text[at] is not ('/' or '>') && !IsSpaceAt(at)
        && (text[at - 1] is '\'' or '"' or '/' || PythonText.IsSpace(text[at - 1]));

    int AfterAttribute(int at)
    {
        var end = AfterValue(_attributeName.End(at + 1));
        while (IsSpaceAt(end) || (At(end) == '/' && At(end + 1) != '>')) end++;
        return end;
    }

    // The value behind an attribute's name, if there is one.
    int AfterValue(int nameEnd)
    {
        var sign = SkipSpaces(nameEnd);
        var afterSigns = sign;
        while (At(afterSigns) == '=') afterSigns++;
        if (afterSigns == sign) return nameEnd;
        var value = SkipSpaces(afterSigns);
        if (At(value) is not ('\'' or '"')) return _bareValue.End(value);
        var last = At(value) == '\'' ? _lastSingleQuote : _lastDoubleQuote;
        if (last > value) return text.IndexOf(text[value], value + 1) + 1;

        // A quote that never closes is no value: after a space the value is empty; of several signs the last is the value's
        // beginning; else the name has none.
        if (value > afterSigns) return value;
        return afterSigns - sign > 1 ? _bareValue.End(value - 1) : nameEnd;
    }

    int SkipSpaces(int at)
    {
        while (IsSpaceAt(at)) at++;
        return at;
    }

    bool IsSpaceAt(int at) => at < text.Length && PythonText.IsSpace(text[at]);

    char At(int index) => index < text.Length ? text[index] : '\0';

    /// <summary>A tag that was read.</summary>
    /// <param name="End">Position behind it; -1: the text ends before the tag does.</param>
    /// <param name="Name">Null when this turns out to be text up to <paramref name="End"/>.</param>
    /// <param name="SelfClosing">It ends with a slash.</param>
    public sealed record Tag(int End, string? Name, bool SelfClosing)
    {
        public static Tag Unfinished { get; } = new(-1, null, false);
    }

    /// <summary>Ends of runs without certain characters; asked again inside the same run, it knows.</summary>
    sealed class Run(string text, Func<char, bool> isEnd)
    {
        int _start = -1;
        int _end = -1;

        public int End(int from)
        {
            if (from >= _start && from <= _end && _start >= 0) return _end;
            (_start, _end) = (from, from);
            while (_end < text.Length && !isEnd(text[_end])) _end++;
            return _end;
        }
    }
}
