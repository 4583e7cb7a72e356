using System.Globalization;
using System.Net;
using System.Text;
using PixArt.Imaging;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Reports;

/// <summary>A run as one HTML file that needs nothing beside it: curves of its metrics, sample sheets over time, its recipe.</summary>
static class HtmlReport
{
    const double Smoothing = 0.9;
    const int MostSheets = 12;
    const int SheetWidth = 1024;
    const string HeldOut = "heldOut.";

    /// <summary>Writes the report; null when there are no metrics yet.</summary>
    /// <param name="recipe">The run's recipe; its output folder holds metrics and sample sheets.</param>
    public static string? Write(GradientRecipe recipe)
    {
        var curves = MetricsLines.Read(Path.Combine(recipe.Output, "metrics.jsonl"));
        if (!curves.TryGetValue("loss", out var loss)) return null;
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Text(recipe.Output)}</title><style>{Style}</style></head><body><h1>{Text(recipe.Output)}</h1>");
        page.Append(CultureInfo.InvariantCulture, $"<p>{Text(Summary(recipe, curves))}</p>");
        Chart(page, "Loss", log: true, [("each report", loss), ("smoothed", Smooth(loss))]);
        Chart(page, "Loss by timestep", log: true, Buckets(curves, ""));
        Chart(page, "Held-out loss by timestep", log: true, Buckets(curves, HeldOut));
        Chart(page, "Learning rate", log: false, Curve(curves, "lr"));
        Chart(page, "Gradient norm", log: true, Curve(curves, "gradNorm"));
        Chart(page, "Samples a second", log: false, Curve(curves, "samplesPerSecond"));
        Chart(page, "Parts of the loss", log: true, [.. curves.Where(curve => IsPart(curve.Key)).Select(curve => (curve.Key, Smooth(curve.Value)))]);
        Sheets(page, Path.Combine(recipe.Output, "samples"));
        page.Append(CultureInfo.InvariantCulture, $"<details><summary>Recipe</summary><pre>{Text(RecipeReader.Print(recipe))}</pre></details></body></html>\n");
        var path = Path.Combine(recipe.Output, "report.html");
        AtomicFile.WriteText(path, page.ToString());
        return path;
    }

    static string Summary(GradientRecipe recipe, Dictionary<string, List<(double X, double Y)>> curves)
    {
        var (step, loss) = Smooth(curves["loss"])[^1];
        var time = curves.TryGetValue("seconds", out var seconds) ? TimeSpan.FromSeconds(seconds[^1].Y) : TimeSpan.Zero;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Step {step} of {recipe.Steps} after {(int)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2} of training; smoothed loss {loss:0.####}.");
    }

    static void Chart(StringBuilder page, string title, bool log, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> curves)
    {
        if (SvgChart.Draw(curves, log) is not { } svg) return;
        page.Append(CultureInfo.InvariantCulture, $"<section><h2>{Text(title)}</h2>");
        if (curves.Count > 1) page.Append(SvgChart.Legend([.. curves.Select(curve => curve.Name)]));
        page.Append(svg).Append("</section>");
    }

    static (string, IReadOnlyList<(double X, double Y)>)[] Curve(Dictionary<string, List<(double X, double Y)>> curves, string name) =>
        curves.TryGetValue(name, out var points) ? [(name, points)] : [];

    static (string, IReadOnlyList<(double X, double Y)>)[] Buckets(Dictionary<string, List<(double X, double Y)>> curves, string prefix) =>
    [
        .. curves.Where(curve => curve.Key.StartsWith(prefix, StringComparison.Ordinal) && IsBucket(curve.Key[prefix.Length..]))
            .OrderBy(curve => curve.Key, StringComparer.Ordinal)
            .Select(curve => ($"from {int.Parse(curve.Key.AsSpan(prefix.Length + 1), CultureInfo.InvariantCulture)}", (IReadOnlyList<(double X, double Y)>)(prefix.Length > 0 ? curve.Value : Smooth(curve.Value)))),
    ];

    static void Sheets(StringBuilder page, string folder)
    {
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "step-*.png").Order(StringComparer.Ordinal).ToArray() : [];
        if (files.Length == 0) return;
        page.Append("<section><h2>Samples</h2>");
        // The first, the last, and the others evenly between them.
        var shown = Math.Min(files.Length, MostSheets);
        for (var i = 0; i < shown; i++)
        {
            var file = files[shown == 1 ? 0 : (int)((long)i * (files.Length - 1) / (shown - 1))];
            var sheet = Image.Load(file);
            if (sheet.Width > SheetWidth) sheet = sheet.Resize(SheetWidth, Math.Max(1, sheet.Height * SheetWidth / sheet.Width));
            var name = int.Parse(Path.GetFileNameWithoutExtension(file).AsSpan("step-".Length), CultureInfo.InvariantCulture);
            page.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>step {name}</figcaption><img alt=\"samples of step {name}\" src=\"data:image/webp;base64,");
            page.Append(Convert.ToBase64String(sheet.Encode(ImageFormat.Webp, 85))).Append("\"></figure>");
        }

        page.Append("</section>");
    }

    /// <summary>Whether a metric is the loss of a bucket of timesteps: t000, t100, …</summary>
    public static bool IsBucket(string name) => name.Length == 4 && name[0] == 't' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    static bool IsPart(string name) => !IsBucket(name) && !name.StartsWith(HeldOut, StringComparison.Ordinal) && name is not ("loss" or "lr" or "gradNorm" or "samplesPerSecond" or "seconds" or "lossScale" or "skippedSteps");

    static List<(double X, double Y)> Smooth(IReadOnlyList<(double X, double Y)> points)
    {
        var smooth = new List<(double X, double Y)>(points.Count);
        double sum = 0, weight = 0;
        foreach (var (step, value) in points)
        {
            if (!double.IsFinite(value)) continue;
            (sum, weight) = ((Smoothing * sum) + ((1 - Smoothing) * value), (Smoothing * weight) + (1 - Smoothing));
            smooth.Add((step, sum / weight));
        }

        return smooth;
    }

    static string Text(string text) => WebUtility.HtmlEncode(text);

    const string Style = """
        :root{--ink:#22262d;--quiet:#6b717c;--grid:#e3e6ea;--paper:#fff;color-scheme:light dark}
        @media(prefers-color-scheme:dark){:root{--ink:#e6e8ec;--quiet:#9aa1ad;--grid:#343942;--paper:#16181c}}
        body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1080px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
        svg{width:100%;height:auto}svg text{fill:var(--quiet);font-size:12px}.grid{stroke:var(--grid)}
        polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
        .legend{margin:0;color:var(--quiet);font-size:.85rem}.legend span{margin-right:1rem}.legend i{display:inline-block;width:1.2rem;border-top:3px solid;margin-right:.35rem;vertical-align:middle}
        figure{margin:0 0 1rem}figcaption{color:var(--quiet);font-size:.85rem}img{max-width:100%}pre{overflow:auto;font-size:.8rem}
        .c0{stroke:#2563cd;border-color:#2563cd}.c1{stroke:#e26c1a;border-color:#e26c1a}.c2{stroke:#1a915c;border-color:#1a915c}.c3{stroke:#c53052;border-color:#c53052}
        .c4{stroke:#7a4ebe;border-color:#7a4ebe}.c5{stroke:#008ca0;border-color:#008ca0}.c6{stroke:#a06e14;border-color:#a06e14}.c7{stroke:#5f6978;border-color:#5f6978}
        .c8{stroke:#b8409a;border-color:#b8409a}.c9{stroke:#6d8f1f;border-color:#6d8f1f}
        """;
}
