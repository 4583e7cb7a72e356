using System.Collections.Frozen;
using System.Text;

namespace PixArt.Text.Cleaning;

/// <summary>The open elements of an HTML document and the text collected so far: as much of a document tree as its text
/// depends on.</summary>
sealed class HtmlTree
{
    static readonly FrozenSet<string> s_void = FrozenSet.ToFrozenSet(
    [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "menuitem", "meta", "param", "source", "track",
        "wbr", "basefont", "bgsound", "command", "frame", "image", "isindex", "nextid", "spacer",
    ], StringComparer.Ordinal);

    readonly StringBuilder _text = new();
    readonly StringBuilder _run = new();
    readonly List<string> _open = [];
    readonly Dictionary<string, int> _openCount = new(StringComparer.Ordinal);

    // Elements that need no end tag and had none: an end tag of theirs that comes yet is ignored.
    readonly Dictionary<string, int> _closedThemselves = new(StringComparer.Ordinal);
    int _hiding;
    int _preserving;
    bool _hasRun;

    /// <summary>The text of a document without any mark-up.</summary>
    public static string WholeText(string text) => text.Length == 0 ? "" : Collapsed(text);

    /// <summary>Text between tags; what comes in pieces becomes one string.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        _run.Append(text);
        _hasRun = true;
    }

    /// <summary>A string of its own.</summary>
    public void Add(HtmlString kind, ReadOnlySpan<char> text)
    {
        EndRun(HtmlString.Plain);
        Text(text);
        EndRun(kind);
    }

    /// <summary>A start tag.</summary>
    public void Open(string name, bool selfClosing)
    {
        EndRun(HtmlString.Plain);
        _open.Add(name);
        _openCount[name] = _openCount.GetValueOrDefault(name) + 1;
        if (Hides(name)) _hiding++;
        if (Preserves(name)) _preserving++;
        if (selfClosing)
        {
            Close(name);
        }
        else if (s_void.Contains(name))
        {
            PopTo(name);
            _closedThemselves[name] = _closedThemselves.GetValueOrDefault(name) + 1;
        }
    }

    /// <summary>An end tag.</summary>
    public void Close(string name)
    {
        if (_closedThemselves.TryGetValue(name, out var count) && count > 0)
        {
            _closedThemselves[name] = count - 1;
            return;
        }

        EndRun(HtmlString.Plain);
        PopTo(name);
    }

    /// <summary>The text of the whole document.</summary>
    public string Finish()
    {
        EndRun(HtmlString.Plain);
        return _text.ToString();
    }

    void PopTo(string name)
    {
        while (_openCount.GetValueOrDefault(name) > 0)
        {
            var top = _open[^1];
            _open.RemoveAt(_open.Count - 1);
            _openCount[top]--;
            if (Hides(top)) _hiding--;
            if (Preserves(top)) _preserving--;
            if (string.Equals(top, name, StringComparison.Ordinal)) break;
        }
    }

    void EndRun(HtmlString kind)
    {
        if (!_hasRun) return;
        _hasRun = false;
        if (kind == HtmlString.Verbatim || (kind == HtmlString.Plain && _hiding == 0))
            _text.Append(_preserving > 0 ? _run.ToString() : Collapsed(_run.ToString()));
        _run.Clear();
    }

    // A string of nothing but ASCII spaces is one space, or one line break if it has any.
    static string Collapsed(string text) =>
        text.AsSpan().ContainsAnyExcept(" \n\t\f\r") ? text : text.Contains('\n', StringComparison.Ordinal) ? "\n" : " ";

    static bool Hides(string name) => name is "rt" or "rp" or "style" or "script" or "template";

    static bool Preserves(string name) => name is "pre" or "textarea";
}
