using System.Globalization;

namespace PixArt.Weights;

/// <summary>Reads the parts of a Python literal that NumPy headers are made of: texts, booleans, tuples of whole numbers.</summary>
/// <param name="text">The literal.</param>
sealed class PythonLiteral(string text)
{
    int _at;

    /// <summary>The next character that is no space; the null character at the end.</summary>
    public char At
    {
        get
        {
            while (_at < text.Length && text[_at] is ' ' or '\n' or '\t' or '\r') _at++;
            return _at < text.Length ? text[_at] : '\0';
        }
    }

    public bool Accept(char expected)
    {
        if (At != expected || _at == text.Length) return false;
        _at++;
        return true;
    }

    public void Expect(char expected)
    {
        if (!Accept(expected)) throw new FormatException($"expected {expected} at position {_at}");
    }

    public void ExpectEnd()
    {
        if (At != '\0' || _at < text.Length) throw new FormatException($"something follows at position {_at}");
    }

    /// <summary>A text in single or double quotes, without escapes.</summary>
    public string Text()
    {
        var quote = At;
        if (quote is not ('\'' or '"')) throw new FormatException($"expected a quoted text at position {_at}");
        var end = text.IndexOf(quote, _at + 1);
        if (end < 0) throw new FormatException($"the text at position {_at} does not end");
        var value = text[(_at + 1)..end];
        if (value.Contains('\\', StringComparison.Ordinal)) throw new FormatException($"the text at position {_at} has escapes");
        _at = end + 1;
        return value;
    }

    public bool Boolean()
    {
        _ = At;
        foreach (var (word, value) in new[] { ("True", true), ("False", false) })
        {
            if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0) continue;
            _at += word.Length;
            return value;
        }

        throw new FormatException($"expected True or False at position {_at}");
    }

    /// <summary>A tuple of whole numbers; Python 2 put an L behind long ones.</summary>
    public long[] Integers()
    {
        var all = new List<long>();
        Expect('(');
        while (!Accept(')'))
        {
            _ = At;
            var start = _at;
            if (start < text.Length && text[start] == '-') _at++;
            while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
            if (!long.TryParse(text.AsSpan(start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
                throw new FormatException($"expected a whole number of 64 bits at position {start}");
            all.Add(number);
            Accept('L');
            if (Accept(',')) continue;
            Expect(')');
            break;
        }

        return [.. all];
    }

    /// <summary>A list, passed over, as text.</summary>
    public string Skipped()
    {
        var (start, depth) = (_at, 0);
        do
        {
            if (At == '\0') throw new FormatException($"the list at position {start} does not end");
            if (text[_at] is '\'' or '"')
            {
                Text();
                continue;
            }

            depth += text[_at] switch { '[' or '(' => 1, ']' or ')' => -1, _ => 0 };
            _at++;
        }
        while (depth > 0);
        return text[start.._at];
    }
}
