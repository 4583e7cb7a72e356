namespace PixArt.Imaging.Drawing;

/// <summary>An RGB picture to draw on; everything is clipped to it.</summary>
sealed class Canvas
{
    readonly byte[] _pixels;

    public Canvas(int width, int height, Rgb background)
    {
        Image = Image.Filled(width, height, background);
        _pixels = Image.Pixels;
    }

    public Image Image { get; }

    public int Width => Image.Width;

    public int Height => Image.Height;

    /// <summary>Fills a rectangle.</summary>
    public void Fill(int x, int y, int width, int height, Rgb color)
    {
        for (var row = Math.Max(0, y); row < Math.Min(Height, y + height); row++)
        {
            for (var column = Math.Max(0, x); column < Math.Min(Width, x + width); column++) Blend(column, row, color, 1);
        }
    }

    /// <summary>Lays a coverage mask, [row, column] of 0 to 1, in one colour.</summary>
    public void Stamp(float[,] mask, int x, int y, Rgb color)
    {
        for (var row = Math.Max(0, -y); row < Math.Min(mask.GetLength(0), Height - y); row++)
        {
            for (var column = Math.Max(0, -x); column < Math.Min(mask.GetLength(1), Width - x); column++)
                Blend(x + column, y + row, color, mask[row, column]);
        }
    }

    /// <summary>Puts an RGB picture.</summary>
    public void Put(Image image, int x, int y)
    {
        var (left, right) = (Math.Max(0, -x), Math.Min(image.Width, Width - x));
        if (right <= left) return;
        for (var row = Math.Max(0, -y); row < Math.Min(image.Height, Height - y); row++)
        {
            image.Pixels.AsSpan((row * image.Width + left) * 3, (right - left) * 3)
                .CopyTo(_pixels.AsSpan(((y + row) * Width + x + left) * 3));
        }
    }

    /// <summary>Mixes a colour into a pixel of the canvas.</summary>
    public void Blend(int x, int y, Rgb color, float coverage)
    {
        var pixel = _pixels.AsSpan((y * Width + x) * 3, 3);
        coverage = Math.Clamp(coverage, 0, 1);
        pixel[0] = Mix(pixel[0], color.R, coverage);
        pixel[1] = Mix(pixel[1], color.G, coverage);
        pixel[2] = Mix(pixel[2], color.B, coverage);
    }

    static byte Mix(byte from, byte to, float share) => (byte)MathF.Round(from + (to - from) * share);
}
