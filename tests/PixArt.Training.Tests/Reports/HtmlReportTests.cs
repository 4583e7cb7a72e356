using System.Globalization;
using System.Xml.Linq;
using PixArt.Imaging;
using PixArt.Training.Recipes;
using PixArt.Training.Reports;

namespace PixArt.Training.Tests.Reports;

public sealed class HtmlReportTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    AutoencoderRecipe Recipe => new() { Output = _folder.Path, Steps = 2000 };

    [Fact]
    public void Write_AWholeRun_IsOnePageWithItsCurvesSheetsAndRecipe()
    {
        File.WriteAllLines(_folder["metrics.jsonl"], Enumerable.Range(1, 1200).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"step\":{i},\"loss\":{1.0 / i},\"psnr\":30,\"t000\":{0.5 / i},\"t900\":2,\"heldOut.t100\":1,\"lr\":0.001,\"gradNorm\":{3.0 / i},\"samplesPerSecond\":5,\"seconds\":{i * 10}}}")).Append("{\"step\":1201,\"lo"));
        for (var step = 0; step < 40; step++) Image.Filled(30, 20, new((byte)step, 0, 0)).Save(Path.Combine(_folder.Path, "samples", $"step-{step:D7}.png"));
        var page = File.ReadAllText(HtmlReport.Write(Recipe)!);

        foreach (var title in (string[])["Loss", "Loss by timestep", "Held-out loss by timestep", "Learning rate", "Gradient norm", "Samples a second", "Parts of the loss", "Samples"])
            Assert.Contains($"<h2>{title}</h2>", page);
        Assert.Contains("Step 1200 of 2000 after 3:20:00 of training", page);
        Assert.Equal(12, page.Split("data:image/webp;base64,").Length - 1);
        Assert.Contains("<figcaption>step 0</figcaption>", page);
        Assert.Contains("<figcaption>step 39</figcaption>", page);
        Assert.Contains("scalingSamples", page);
        // Nothing beside it is needed.
        Assert.DoesNotContain("src=\"http", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("NaN", page);
    }

    [Fact]
    public void Write_NoMetricsYet_WritesNothing()
    {
        Assert.Null(HtmlReport.Write(Recipe));
        Assert.False(File.Exists(_folder["report.html"]));
    }

    [Fact]
    public void Write_OutputNameWithMarkup_IsText()
    {
        var output = Path.Combine(_folder.Path, "<b>&");
        Directory.CreateDirectory(output);
        File.WriteAllText(Path.Combine(output, "metrics.jsonl"), "{\"step\":1,\"loss\":1}\n");
        Assert.DoesNotContain("<b>", File.ReadAllText(HtmlReport.Write(Recipe with { Output = output })!));
    }

    [Fact]
    public void Draw_Curves_StayInsideAndAreThinned()
    {
        var svg = XElement.Parse(SvgChart.Draw(
            [("a & b", [.. Enumerable.Range(0, 5000).Select(i => ((double)i, Math.Exp(i / 700.0)))]), ("bad", [(1, double.NaN), (2, -1), (3, 5)])], log: true)!);
        var lines = svg.Elements("polyline").ToArray();
        Assert.Equal(["a & b", "bad"], lines.Select(line => line.Element("title")!.Value), StringComparer.Ordinal);
        var points = lines[0].Attribute("points")!.Value.Split(' ').Select(p => p.Split(',')).ToArray();
        Assert.InRange(points.Length, 250, 500);
        Assert.All(points, p => Assert.InRange(double.Parse(p[0], CultureInfo.InvariantCulture), 64, 704));
        Assert.All(points, p => Assert.InRange(double.Parse(p[1], CultureInfo.InvariantCulture), 12, 266));
        Assert.Single(lines[1].Attribute("points")!.Value.Split(' '));
        Assert.Null(SvgChart.Draw([("nothing", [])], log: false));
    }

    public void Dispose() => _folder.Dispose();
}
