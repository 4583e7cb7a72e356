using PixArt.Imaging;
using PixArt.Imaging.Drawing;

namespace PixArt.Tests.Imaging.Drawing;

public class TextPainterTests
{
    static readonly TextPainter Text = new(1);

    [Fact]
    public void Draw_puts_the_letter_where_it_was_asked_for()
    {
        var canvas = new Canvas(12, 14, Rgb.White);
        Text.Draw(canvas, "L", 3, 2, Rgb.Black);
        var ink = Enumerable.Range(0, 12 * 14).Where(i => canvas.Image.Pixels[i * 3] == 0).Select(i => (i % 12, i / 12)).ToHashSet();
        (int, int)[] expected = [.. Enumerable.Range(2, 7).Select(y => (3, y)), .. Enumerable.Range(4, 4).Select(x => (x, 8))];
        Assert.Equal(expected.ToHashSet(), ink);
    }

    [Fact]
    public void Every_character_has_ink_of_its_own()
    {
        var seen = new Dictionary<string, char>(StringComparer.Ordinal);
        for (var c = '!'; c <= '\u007F'; c++)
        {
            var glyph = PixelFont.Glyph(c);
            var art = string.Concat(glyph.Cast<bool>().Select(on => on ? '#' : '.')) + glyph.GetLength(1);
            Assert.Contains('#', art);
            Assert.False(seen.TryGetValue(art, out var twin), $"{c} looks like {twin}");
            seen[art] = c;
        }
    }

    [Theory]
    [InlineData("café – “x”…", "cafe - \"x\"...")]
    [InlineData("狐 🦊", "\u007F \u007F")]
    [InlineData("a\nb\r\u0001", "a b")]
    public void Plain_keeps_what_the_font_can_show(string text, string plain) => Assert.Equal(plain, PixelFont.Plain(text));

    [Theory]
    [InlineData("one two three four", 40, 9)]
    [InlineData("Donaudampfschifffahrtsgesellschaft", 33, 9)]
    [InlineData("", 33, 9)]
    [InlineData("wide", 1, 9)]
    public void Wrap_keeps_the_width_and_loses_no_letter(string text, int width, int lines)
    {
        var wrapped = Text.Wrap(text, width, lines);
        Assert.Equal(text.Replace(" ", "", StringComparison.Ordinal), string.Concat(wrapped).Replace(" ", "", StringComparison.Ordinal));
        Assert.All(wrapped, line => Assert.True(line.Length == 1 || Text.Measure(line) <= width, line));
    }

    [Fact]
    public void Wrap_marks_what_it_leaves_out()
    {
        var wrapped = Text.Wrap("one two three four five six", 40, 2);
        Assert.Equal(2, wrapped.Count);
        Assert.EndsWith("...", wrapped[1], StringComparison.Ordinal);
        Assert.All(wrapped, line => Assert.InRange(Text.Measure(line), 1, 40));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(2.25)]
    public void Larger_sizes_keep_the_ink_in_proportion(double size)
    {
        foreach (var c in "LTEHI-")
        {
            var glyph = PixelFont.Glyph(c);
            var area = glyph.Cast<bool>().Count(on => on) * size * size;
            Assert.Equal(area, SmoothGlyph.Render(glyph, size).Cast<float>().Sum(), area * 0.1);
        }
    }
}
