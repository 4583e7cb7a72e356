namespace PixArt.Imaging.Drawing;

/// <summary>
/// Scales a pixel glyph to any size without stairs: doubled thrice by a variant of the EPX rule, which straightens
/// diagonals, then averaged down to coverage.
/// </summary>
static class SmoothGlyph
{
    const int Doublings = 3;

    /// <summary>Coverage 0 to 1, [row, column], at <paramref name="size"/> pixels a font pixel.</summary>
    public static float[,] Render(bool[,] glyph, double size)
    {
        var fine = glyph;
        for (var i = 0; i < Doublings; i++) fine = Double(fine);
        var step = size / (1 << Doublings);
        var mask = new float[(int)Math.Ceiling(glyph.GetLength(0) * size), (int)Math.Ceiling(glyph.GetLength(1) * size)];
        for (var r = 0; r < fine.GetLength(0); r++)
        {
            for (var c = 0; c < fine.GetLength(1); c++)
            {
                if (fine[r, c]) Spread(mask, r * step, c * step, step);
            }
        }

        return mask;
    }

    // Adds the area of a small square to the pixels that it touches.
    static void Spread(float[,] mask, double top, double left, double side)
    {
        for (var r = (int)top; r < Math.Min(mask.GetLength(0), Math.Ceiling(top + side)); r++)
        {
            var height = Math.Min(r + 1, top + side) - Math.Max(r, top);
            for (var c = (int)left; c < Math.Min(mask.GetLength(1), Math.Ceiling(left + side)); c++)
                mask[r, c] += (float)(height * (Math.Min(c + 1, left + side) - Math.Max(c, left)));
        }
    }

    static bool[,] Double(bool[,] source)
    {
        var (rows, columns) = (source.GetLength(0), source.GetLength(1));
        var result = new bool[rows * 2, columns * 2];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                for (var corner = 0; corner < 4; corner++)
                {
                    var (down, right) = (corner / 2 * 2 - 1, corner % 2 * 2 - 1);
                    result[2 * r + corner / 2, 2 * c + corner % 2] = Corner(r, c, down, right);
                }
            }
        }

        return result;

        // Takes the colour of the two neighbours at this corner where they agree on a diagonal edge through the pixel. An
        // inked pixel gives its corner away only where ink goes on diagonally: the corners of a D or an E stay square.
        bool Corner(int r, int c, int down, int right)
        {
            bool here = At(r, c), vertical = At(r + down, c), horizontal = At(r, c + right);
            if (vertical != horizontal || vertical == At(r - down, c) || horizontal == At(r, c - right)) return here;
            return vertical || (here && !At(r + down, c - right) && !At(r - down, c + right));
        }

        bool At(int r, int c) => r >= 0 && r < rows && c >= 0 && c < columns && source[r, c];
    }
}
