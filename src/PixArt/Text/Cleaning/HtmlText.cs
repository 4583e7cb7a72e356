namespace PixArt.Text.Cleaning;

/// <summary>
/// The text of an HTML fragment: tags, comments and declarations removed, references resolved, and what stands in scripts,
/// style sheets, templates and ruby annotations left out. It reads as Beautiful Soup 4.11 over Python's <c>html.parser</c> does,
/// with their behaviour at unfinished constructs, since the reference cleaning keeps what they keep.
/// </summary>
sealed class HtmlText
{
    readonly string _markup;
    readonly HtmlTree _tree = new();
    readonly HtmlTagSyntax _tags;
    readonly Ahead _close;
    readonly Ahead _commentClose;
    readonly Ahead _sectionClose;
    readonly Ahead _officeClose;

    // script or style, whose content ends at its own end tag only.
    string? _rawElement;

    HtmlText(string markup)
    {
        _markup = markup;
        _tags = new HtmlTagSyntax(markup);
        _close = new Ahead(from => Found(markup.IndexOf('>', from), 1));
        _commentClose = new Ahead(from => FindSpaced("--", ">", from));
        _sectionClose = new Ahead(from => FindSpaced("]", "]", from, ">"));
        _officeClose = new Ahead(from => FindSpaced("]", ">", from));
    }

    public static string Extract(string markup)
    {
        if (!markup.AsSpan().ContainsAny('<', '&')) return HtmlTree.WholeText(markup);
        var reader = new HtmlText(markup);
        // The parser is fed once and closed: first it stops at whatever may be unfinished, then it goes on from there knowing
        // that nothing follows.
        var stopped = reader.Read(0, closing: false);
        reader.Read(stopped, closing: true);
        return reader._tree.Finish();
    }

    int Read(int at, bool closing)
    {
        while (at < _markup.Length)
        {
            var next = NextOfInterest(at);
            if (next < 0) break;
            if (next > at) _tree.Text(_markup.AsSpan(at, next - at));
            at = next;
            if (at == _markup.Length) break;
            if (_markup[at] == '<')
            {
                var end = Construct(at);
                if (end == at) break;
                if (end < 0)
                {
                    if (!closing) break;
                    end = EndOfUnfinished(at);
                    _tree.Text(_markup.AsSpan(at, end - at));
                }

                at = end;
            }
            else
            {
                var (end, goOn) = Reference(at, closing);
                at = end;
                if (!goOn) break;
            }
        }

        if (closing && at < _markup.Length && _rawElement is null) _tree.Text(_markup.AsSpan(at));
        return at;
    }

    // Position of the next < or &; in script and style, of their end tag; -1 where that is missing.
    int NextOfInterest(int from)
    {
        if (_rawElement is null)
        {
            var next = _markup.AsSpan(from).IndexOfAny('<', '&');
            return next < 0 ? _markup.Length : from + next;
        }

        for (var at = from; (at = _markup.IndexOf("</", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            var name = SkipSpaces(at + 2);
            if (string.Compare(_markup, name, _rawElement, 0, _rawElement.Length, StringComparison.OrdinalIgnoreCase) != 0) continue;
            var close = SkipSpaces(name + _rawElement.Length);
            if (close < _markup.Length && _markup[close] == '>') return at;
        }

        return -1;
    }

    // End of what begins with <; -1: unfinished; its own position: a < that ends the text.
    int Construct(int at)
    {
        var second = At(at + 1);
        if (char.IsAsciiLetter(second)) return StartTag(at);
        switch (second)
        {
            case '/': return EndTag(at);
            case '?': return Skip(_close.From(at + 2), HtmlString.Hidden);
            case '!': return Declaration(at);
            case '\0' when at + 1 == _markup.Length: return at;
            default:
                _tree.Text("<");
                return at + 1;
        }
    }

    int EndOfUnfinished(int at)
    {
        var (close, end) = _close.From(at + 1);
        if (close >= 0) return end;
        var open = _markup.IndexOf('<', at + 1);
        return open < 0 ? at + 1 : open;
    }

    int StartTag(int at)
    {
        var tag = _tags.Read(at);
        if (tag.End < 0) return -1;
        if (tag.Name is null)
        {
            _tree.Text(_markup.AsSpan(at, tag.End - at));
            return tag.End;
        }

        _tree.Open(tag.Name, tag.SelfClosing);
        if (!tag.SelfClosing && tag.Name is "script" or "style") _rawElement = tag.Name;
        return tag.End;
    }

    int EndTag(int at)
    {
        var (close, end) = _close.From(at + 1);
        if (close < 0) return -1;
        var nameStart = SkipSpaces(at + 2);
        var nameEnd = nameStart;
        if (char.IsAsciiLetter(At(nameStart)))
        {
            while (char.IsAsciiLetterOrDigit(At(nameEnd)) || At(nameEnd) is '-' or '.' or ':' or '_') nameEnd++;
        }

        if (nameEnd > nameStart && SkipSpaces(nameEnd) == close)
        {
            var name = PythonText.Lower(_markup[nameStart..nameEnd]);
            if (_rawElement is not null && !string.Equals(name, _rawElement, StringComparison.Ordinal))
            {
                _tree.Text(_markup.AsSpan(at, end - at));
                return end;
            }

            _tree.Close(name);
            _rawElement = null;
            return end;
        }

        if (_rawElement is not null)
        {
            _tree.Text(_markup.AsSpan(at, end - at));
            return end;
        }

        // Not a proper end tag: whatever stands between the name and the > is ignored, and without a name it is a comment.
        if (char.IsAsciiLetter(At(at + 2))) _tree.Close(PythonText.Lower(_markup[(at + 2).._tags.NameEnd(at + 2)]));
        else if (close > at + 2) _tree.Add(HtmlString.Hidden, "");
        return end;
    }

    int Declaration(int at)
    {
        if (Begins(at, "<!--")) return Skip(_commentClose.From(at + 4), HtmlString.Hidden);
        if (Begins(at, "<![")) return MarkedSection(at);
        return Skip(_close.From(at + (Begins(at, "<!doctype") ? 9 : 2)), HtmlString.Hidden);
    }

    int MarkedSection(int at)
    {
        var nameEnd = at + 3;
        if (char.IsAsciiLetter(At(nameEnd)))
            while (char.IsAsciiLetterOrDigit(At(nameEnd)) || At(nameEnd) is '-' or '_' or '.') nameEnd++;
        if (SkipSpaces(nameEnd) == _markup.Length) return -1;
        var (close, end) = PythonText.Lower(_markup[(at + 3)..nameEnd]) switch
        {
            "temp" or "cdata" or "ignore" or "include" or "rcdata" => _sectionClose.From(at + 3),
            "if" or "else" or "endif" => _officeClose.From(at + 3),
            // The reference fails on other words; a browser sees a comment.
            _ => _close.From(at + 2),
        };
        if (close < 0) return -1;
        const string data = "cdata[";
        if (string.Compare(_markup, at + 3, data, 0, data.Length, StringComparison.OrdinalIgnoreCase) == 0 && close >= at + 3 + data.Length)
            _tree.Add(HtmlString.Verbatim, _markup.AsSpan(at + 3 + data.Length, close - at - 3 - data.Length));
        else
            _tree.Add(HtmlString.Hidden, "");
        return end;
    }

    int Skip((int Start, int End) close, HtmlString kind)
    {
        if (close.Start < 0) return -1;
        _tree.Add(kind, "");
        return close.End;
    }

    // Where the reading goes on after an &, and whether it does: a reference cut off by the end of the text stops it.
    (int End, bool GoOn) Reference(int at, bool closing)
    {
        if (At(at + 1) == '#') return NumericReference(at);
        if (!char.IsAsciiLetter(At(at + 1)))
        {
            if (at + 1 == _markup.Length) return (at, false);
            _tree.Text("&");
            return (at + 1, true);
        }

        var end = at + 2;
        while (char.IsAsciiLetterOrDigit(At(end)) || At(end) is '-' or '.') end++;
        if (end == _markup.Length)
        {
            // The name needs something behind it, and takes it from its own last dot or dash.
            var own = _markup.AsSpan(at + 2).LastIndexOfAny('-', '.');
            if (own < 0) return (closing && _markup.Length - at == 2 ? at + 1 : at, false);
            end = at + 2 + own;
        }

        var name = _markup[(at + 1)..end];
        _tree.Text(HtmlReferences.Named(name) ?? "&" + name);
        return (At(end) == ';' ? end + 1 : end, true);
    }

    (int End, bool GoOn) NumericReference(int at)
    {
        var hex = At(at + 2) is 'x' or 'X';
        var start = hex ? at + 3 : at + 2;
        var end = start;
        while (hex ? char.IsAsciiHexDigit(At(end)) : char.IsAsciiDigit(At(end))) end++;
        if (end == start || end == _markup.Length || char.IsAsciiHexDigit(At(end)))
        {
            // Unreadable: the rest of this pass is given up, its first two characters are text where a semicolon is yet to come.
            if (_markup.LastIndexOf(';') < at) return (at, false);
            _tree.Text("&#");
            return (at + 2, false);
        }

        _tree.Text(Character(HtmlReferences.Value(_markup.AsSpan(start, end - start), hex)));
        return (At(end) == ';' ? end + 1 : end, true);
    }

    // Below 256 a number counts as Windows-1252 where that has the byte.
    static string Character(int value) => value switch
    {
        > 0x10ffff => "\ufffd",
        >= 0x80 and <= 0x9f => SingleByteEncoding.Windows1252[(byte)value].ToString(),
        <= 0xffff => ((char)value).ToString(),
        _ => char.ConvertFromUtf32(value),
    };

    (int, int) FindSpaced(string first, string second, int from, string? third = null)
    {
        for (var at = from; (at = _markup.IndexOf(first, at, StringComparison.Ordinal)) >= 0; at++)
        {
            var end = SkipSpaces(at + first.Length);
            if (!Begins(end, second)) continue;
            end += second.Length;
            if (third is null) return (at, end);
            end = SkipSpaces(end);
            if (Begins(end, third)) return (at, end + third.Length);
        }

        return (-1, -1);
    }

    static (int, int) Found(int at, int length) => (at, at + length);

    bool Begins(int at, string text) =>
        string.Compare(_markup, at, text, 0, text.Length, StringComparison.OrdinalIgnoreCase) == 0;

    int SkipSpaces(int at)
    {
        while (at < _markup.Length && PythonText.IsSpace(_markup[at])) at++;
        return at;
    }

    char At(int index) => index < _markup.Length ? _markup[index] : '\0';

    /// <summary>Remembers the last answer of a forward search, so that many searches take one pass.</summary>
    sealed class Ahead(Func<int, (int Start, int End)> find)
    {
        (int Start, int End) _found = (-2, -2);
        int _from = int.MaxValue;

        public (int Start, int End) From(int from)
        {
            if (from >= _from && (_found.Start == -1 || _found.Start >= from)) return _found;
            (_from, _found) = (from, find(from));
            return _found;
        }
    }
}
