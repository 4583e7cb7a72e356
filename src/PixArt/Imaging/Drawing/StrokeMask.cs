namespace PixArt.Imaging.Drawing;

/// <summary>
/// Coverage of smooth strokes. Where strokes overlap the larger coverage counts, so joints of a curve do not darken.
/// </summary>
sealed class StrokeMask(int width, int height)
{
    readonly float[,] _coverage = new float[height, width];

    public float[,] Coverage => _coverage;

    /// <summary>Adds a straight stroke with round ends; coordinates in pixels, pixel centres at halves.</summary>
    public void Line(double x0, double y0, double x1, double y1, double thickness)
    {
        var reach = thickness / 2 + 0.5;
        var (left, right) = (Low(Math.Min(x0, x1) - reach), High(Math.Max(x0, x1) + reach, width));
        var (top, bottom) = (Low(Math.Min(y0, y1) - reach), High(Math.Max(y0, y1) + reach, height));
        var (dx, dy) = (x1 - x0, y1 - y0);
        var squared = dx * dx + dy * dy;
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var (px, py) = (x + 0.5 - x0, y + 0.5 - y0);
                var along = squared == 0 ? 0 : Math.Clamp((px * dx + py * dy) / squared, 0, 1);
                var (ox, oy) = (px - along * dx, py - along * dy);
                var coverage = (float)Math.Clamp(reach - Math.Sqrt(ox * ox + oy * oy), 0, 1);
                if (coverage > _coverage[y, x]) _coverage[y, x] = coverage;
            }
        }
    }

    static int Low(double value) => (int)Math.Clamp(Math.Floor(value), 0, int.MaxValue);

    static int High(double value, int most) => (int)Math.Clamp(Math.Ceiling(value), 0, most);
}
