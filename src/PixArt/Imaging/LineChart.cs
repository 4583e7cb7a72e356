using PixArt.Imaging.Drawing;

namespace PixArt.Imaging;

/// <summary>Curves over a common axis, such as losses over steps.</summary>
public static class LineChart
{
    static readonly Rgb Paper = Rgb.White;
    static readonly Rgb Ink = new(45, 48, 54);
    static readonly Rgb Quiet = new(110, 114, 122);
    static readonly Rgb Grid = new(230, 232, 236);
    static readonly Rgb[] Palette =
    [
        new(37, 99, 205), new(226, 108, 26), new(26, 145, 92), new(197, 48, 82),
        new(122, 78, 190), new(0, 140, 160), new(160, 110, 20), new(95, 105, 120),
    ];

    /// <summary>Draws the chart.</summary>
    /// <param name="series">The curves; those without a drawable point appear in the legend only.</param>
    /// <param name="options">How it looks; the usual when null.</param>
    /// <returns>An RGB picture, the same for the same input on every machine.</returns>
    public static Image Render(IReadOnlyList<LineSeries> series, LineChartOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        var look = options ?? new LineChartOptions();
        var points = series.SelectMany(s => s.Points).Where(p => Drawable(p, look.LogY)).ToArray();
        if (points.Length == 0) points = [(0, 1), (1, 1)];
        var canvas = new Canvas(look.Width, look.Height, Paper);
        var text = new TextPainter(look.Width >= 640 ? 1.5 : 1);
        var top = DrawHead(canvas, series, look, text);
        var x = AxisScale.Linear(points.Min(p => p.X), points.Max(p => p.X), look.Width / 110, round: false);
        var (low, high) = (points.Min(p => p.Y), points.Max(p => p.Y));
        var y = look.LogY
            ? AxisScale.Log(low, high, look.Height / 55)
            : AxisScale.Linear(low, high, look.Height / 65, round: true);
        var plot = Frame(look, text, top, y);
        DrawAxes(canvas, look, text, plot, x, y);
        for (var i = 0; i < series.Count; i++) DrawSeries(canvas, plot, series[i], Color(series, i), look.LogY, x, y);
        return canvas.Image;
    }

    static bool Drawable((double X, double Y) point, bool log) =>
        double.IsFinite(point.X) && double.IsFinite(point.Y) && (!log || point.Y > 0);

    static Rgb Color(IReadOnlyList<LineSeries> series, int index) => series[index].Color ?? Palette[index % Palette.Length];

    // Title, then the legend in rows; returns where the plot may begin.
    static int DrawHead(Canvas canvas, IReadOnlyList<LineSeries> series, LineChartOptions look, TextPainter text)
    {
        const int Swatch = 22, Between = 22;
        var margin = text.LineHeight;
        var top = margin;
        if (look.Title.Length > 0)
        {
            var title = new TextPainter(look.Width >= 640 ? 2.25 : 1.5);
            title.Draw(canvas, title.Wrap(look.Title, look.Width - 2 * margin, 1)[0], margin, top, Ink);
            top += title.LineHeight;
        }

        var left = margin;
        for (var i = 0; i < series.Count; i++)
        {
            var name = text.Wrap(series[i].Name, look.Width / 2, 1) is [var line] ? line : "";
            var width = Swatch + 8 + text.Measure(name) + Between;
            if (left > margin && left + width - Between > look.Width - margin) (left, top) = (margin, top + text.LineHeight);
            canvas.Fill(left, top + text.CapHeight / 2 - 1, Swatch, 3, Color(series, i));
            text.Draw(canvas, name, left + Swatch + 8, top, Ink);
            left += width;
        }

        return series.Count > 0 ? top + text.LineHeight + 4 : top;
    }

    static Plot Frame(LineChartOptions look, TextPainter text, int top, AxisScale y)
    {
        var margin = text.LineHeight;
        if (look.YLabel.Length > 0) top += text.LineHeight + 4;
        var left = margin + y.Ticks.Max(t => text.Measure(AxisScale.Label(t))) + 10;
        var bottom = margin + text.LineHeight + (look.XLabel.Length > 0 ? text.LineHeight + 2 : 0);
        return new Plot(left, top + 4, look.Width - left - margin, Math.Max(16, look.Height - top - 4 - bottom));
    }

    static void DrawAxes(Canvas canvas, LineChartOptions look, TextPainter text, Plot plot, AxisScale x, AxisScale y)
    {
        foreach (var tick in y.Ticks)
        {
            var row = (int)Math.Round(plot.Y(y.Position(tick)));
            canvas.Fill(plot.Left, row, plot.Width, 1, Grid);
            var label = AxisScale.Label(tick);
            text.Draw(canvas, label, plot.Left - 10 - text.Measure(label), row - text.CapHeight / 2, Quiet);
        }

        var axis = plot.Top + plot.Height;
        foreach (var tick in x.Ticks)
        {
            var column = (int)Math.Round(plot.X(x.Position(tick)));
            canvas.Fill(column, axis, 1, 5, Quiet);
            var label = AxisScale.Label(tick);
            var left = Math.Min(column - text.Measure(label) / 2, look.Width - 2 - text.Measure(label));
            text.Draw(canvas, label, left, axis + 10, Quiet);
        }

        canvas.Fill(plot.Left, axis, plot.Width, 1, Quiet);
        text.Draw(canvas, look.YLabel, text.LineHeight, plot.Top - text.LineHeight - 4, Quiet);
        var middle = plot.Left + (plot.Width - text.Measure(look.XLabel)) / 2;
        text.Draw(canvas, look.XLabel, middle, axis + 12 + text.LineHeight, Quiet);
    }

    static void DrawSeries(Canvas canvas, Plot plot, LineSeries series, Rgb color, bool log, AxisScale x, AxisScale y)
    {
        if (series.Smoothing == 0)
        {
            Stroke(canvas, plot, series.Points, color, 2.2, log, x, y);
            return;
        }

        var pale = new Rgb(Pale(color.R), Pale(color.G), Pale(color.B));
        Stroke(canvas, plot, series.Points, pale, 1.2, log, x, y);
        Stroke(canvas, plot, Smooth(series.Points, series.Smoothing, log), color, 2.4, log, x, y);

        static byte Pale(byte component) => (byte)(255 - (255 - component) * 3 / 10);
    }

    static void Stroke(
        Canvas canvas, Plot plot, IReadOnlyList<(double X, double Y)> points, Rgb color, double thickness, bool log,
        AxisScale x, AxisScale y)
    {
        var mask = new StrokeMask(plot.Width + 2 * Plot.Bleed, plot.Height + 2 * Plot.Bleed);
        (double X, double Y)? before = null;
        for (var i = 0; i < points.Count; i++)
        {
            if (!Drawable(points[i], log))
            {
                before = null;
                continue;
            }

            var here = (
                X: x.Position(points[i].X) * plot.Width + Plot.Bleed,
                Y: (1 - y.Position(points[i].Y)) * plot.Height + Plot.Bleed);
            var alone = before is null && (i + 1 == points.Count || !Drawable(points[i + 1], log));
            var from = before ?? here;
            mask.Line(from.X, from.Y, here.X, here.Y, alone ? 2 * thickness : thickness);
            before = here;
        }

        canvas.Stamp(mask.Coverage, plot.Left - Plot.Bleed, plot.Top - Plot.Bleed, color);
    }

    // The average starts unbiased: the first points weigh what they would after an endless past.
    static List<(double X, double Y)> Smooth(IReadOnlyList<(double X, double Y)> points, double past, bool log)
    {
        var smooth = new List<(double, double)>(points.Count);
        double sum = 0, weight = 0;
        foreach (var point in points.Where(p => Drawable(p, log)))
        {
            sum = past * sum + (1 - past) * (log ? Math.Log(point.Y) : point.Y);
            weight = past * weight + (1 - past);
            smooth.Add((point.X, log ? Math.Exp(sum / weight) : sum / weight));
        }

        return smooth;
    }

    sealed record Plot(int Left, int Top, int Width, int Height)
    {
        /// <summary>How far a stroke may reach over the frame, so that a curve along an edge keeps its thickness.</summary>
        public const int Bleed = 3;

        public double X(double position) => Left + position * Width;

        public double Y(double position) => Top + (1 - position) * Height;
    }
}
