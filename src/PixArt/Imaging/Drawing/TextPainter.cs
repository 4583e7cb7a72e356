namespace PixArt.Imaging.Drawing;

/// <summary>Measures, wraps and draws text of one size.</summary>
/// <param name="size">Pixels a font pixel; capitals are seven times as high. At least 1.</param>
sealed class TextPainter(double size)
{
    const double LineGap = 3;
    const string Ellipsis = "...";
    readonly Dictionary<char, float[,]> _masks = [];

    /// <summary>Pixels from a line to the next.</summary>
    public int LineHeight => (int)Math.Round((PixelFont.Rows + LineGap) * size);

    /// <summary>Pixels from the top of a capital to the line it stands on.</summary>
    public int CapHeight => (int)Math.Round(PixelFont.CapHeight * size);

    /// <summary>Pixels that the text takes in width.</summary>
    public int Measure(string text)
    {
        var width = 0.0;
        foreach (var character in PixelFont.Plain(text)) width += Advance(character);
        return width == 0 ? 0 : (int)Math.Ceiling(width - size);
    }

    /// <summary>Draws one line; (x, y) is the top left corner of its capitals.</summary>
    public void Draw(Canvas canvas, string text, double x, double y, Rgb color)
    {
        foreach (var character in PixelFont.Plain(text))
        {
            canvas.Stamp(Mask(character), (int)Math.Round(x), (int)Math.Round(y), color);
            x += Advance(character);
        }
    }

    /// <summary>Breaks a text at spaces (or within a word that is too long) into lines of a width; what does not fit in the
    /// last one ends in an ellipsis.</summary>
    public IReadOnlyList<string> Wrap(string text, int width, int mostLines)
    {
        var lines = new List<string>();
        var rest = PixelFont.Plain(text).Trim();
        while (rest.Length > 0 && lines.Count < mostLines)
        {
            var fits = LongestPrefix(rest, width);
            if (fits == rest.Length)
            {
                lines.Add(rest);
                return lines;
            }

            if (lines.Count == mostLines - 1)
            {
                var kept = LongestPrefix(rest, Math.Max(1, width - Measure(Ellipsis) - (int)Math.Ceiling(size)));
                lines.Add(rest[..kept].TrimEnd() + Ellipsis);
                return lines;
            }

            var space = rest.LastIndexOf(' ', fits);
            var end = space > 0 ? space : fits;
            lines.Add(rest[..end].TrimEnd());
            rest = rest[end..].TrimStart();
        }

        return lines;
    }

    // At least one character, so that every line gets on.
    int LongestPrefix(string text, int width)
    {
        var used = -size;
        for (var i = 0; i < text.Length; i++)
        {
            used += Advance(text[i]);
            if (used > width && i > 0) return i;
        }

        return text.Length;
    }

    double Advance(char character) => (PixelFont.Glyph(character).GetLength(1) + 1) * size;

    float[,] Mask(char character)
    {
        if (!_masks.TryGetValue(character, out var mask))
            _masks[character] = mask = SmoothGlyph.Render(PixelFont.Glyph(character), size);
        return mask;
    }
}
