using System.Globalization;
using System.Net;
using System.Text;
using PixArt.Imaging.Drawing;

namespace PixArt.Training.Reports;

/// <summary>Curves over steps as an SVG element; its colours are the page's, by class.</summary>
static class SvgChart
{
    const int Width = 720;
    const int Height = 300;
    const int Left = 64;
    const int Top = 12;
    const int Right = 16;
    const int Bottom = 34;
    const int MostPoints = 500;

    /// <summary>Classes of colours that the page defines: c0 to c9.</summary>
    public const int Colours = 10;

    /// <summary>Draws curves.</summary>
    /// <param name="curves">Name and points of each; points that cannot be drawn are left out.</param>
    /// <param name="log">Whether the vertical axis is logarithmic.</param>
    /// <returns>Null when there is nothing to draw.</returns>
    public static string? Draw(IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> curves, bool log)
    {
        var thinned = curves.Select(curve => (curve.Name, Points: Thin(curve.Points.Where(p => Drawable(p.Y, log)).ToArray(), log))).ToArray();
        var all = thinned.SelectMany(curve => curve.Points).ToArray();
        if (all.Length == 0) return null;
        var x = AxisScale.Linear(all.Min(p => p.X), all.Max(p => p.X), 7, round: false);
        var (low, high) = (all.Min(p => p.Y), all.Max(p => p.Y));
        var y = log ? AxisScale.Log(low, high, 6) : AxisScale.Linear(low, high, 6, round: true);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\">");
        Axes(svg, x, y);
        for (var i = 0; i < thinned.Length; i++)
        {
            var places = string.Join(' ', thinned[i].Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{Across(x, p.X):0.#},{Down(y, p.Y):0.#}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"c{i % Colours}\" points=\"{places}\"><title>{Text(thinned[i].Name)}</title></polyline>");
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>Names beside their colours.</summary>
    public static string Legend(IReadOnlyList<string> names) => "<p class=\"legend\">"
        + string.Concat(names.Select((name, i) => $"<span><i class=\"c{(i % Colours).ToString(CultureInfo.InvariantCulture)}\"></i>{Text(name)}</span>")) + "</p>";

    static void Axes(StringBuilder svg, AxisScale x, AxisScale y)
    {
        foreach (var tick in y.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Down(y, tick):0.#}\" y2=\"{Down(y, tick):0.#}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text text-anchor=\"end\" x=\"{Left - 8}\" y=\"{Down(y, tick) + 4:0.#}\">{AxisScale.Label(tick)}</text>");
        }

        foreach (var tick in x.Ticks)
            svg.Append(CultureInfo.InvariantCulture, $"<text text-anchor=\"middle\" x=\"{Across(x, tick):0.#}\" y=\"{Height - Bottom + 20}\">{AxisScale.Label(tick)}</text>");
    }

    // Means of equal numbers of neighbours, in the axis's own measure.
    static (double X, double Y)[] Thin((double X, double Y)[] points, bool log)
    {
        var each = (points.Length + MostPoints - 1) / MostPoints;
        return each <= 1 ? points : [.. points.Chunk(each).Select(chunk => (
            chunk.Average(p => p.X), log ? Math.Exp(chunk.Average(p => Math.Log(p.Y))) : chunk.Average(p => p.Y)))];
    }

    static bool Drawable(double value, bool log) => double.IsFinite(value) && (!log || value > 0);

    static double Across(AxisScale x, double value) => Left + (x.Position(value) * (Width - Left - Right));

    static double Down(AxisScale y, double value) => Top + ((1 - y.Position(value)) * (Height - Top - Bottom));

    static string Text(string text) => WebUtility.HtmlEncode(text);
}
