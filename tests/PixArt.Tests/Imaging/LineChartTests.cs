using PixArt.Imaging;

namespace PixArt.Tests.Imaging;

public class LineChartTests
{
    static readonly Rgb Red = new(255, 0, 0);

    static int Ink(Image image, Rgb color) => Enumerable.Range(0, image.Width * image.Height)
        .Count(i => image.Pixels.AsSpan(i * 3, 3).SequenceEqual((byte[])[color.R, color.G, color.B]));

    static LineSeries Line(params (double, double)[] points) => new("loss", points) { Color = Red };

    [Fact]
    public void Render_has_the_size_asked_for_and_draws_the_curve()
    {
        var chart = LineChart.Render([Line((0, 1), (100, 0.1))], new LineChartOptions { Width = 400, Height = 300, Title = "t" });
        Assert.Equal((400, 300, 3), (chart.Width, chart.Height, chart.Channels));
        var legend = Ink(LineChart.Render([Line()], new LineChartOptions { Width = 400, Height = 300, Title = "t" }), Red);
        Assert.True(Ink(chart, Red) > legend + 200);
    }

    [Fact]
    public void A_straight_line_in_log_y_is_drawn_straight()
    {
        // One decade a step is a straight line on this axis: the points between add nothing.
        var options = new LineChartOptions { LogY = true };
        var ends = LineChart.Render([Line((0, 1), (4, 1e-4))], options);
        var all = LineChart.Render([Line((0, 1), (1, 0.1), (2, 0.01), (3, 1e-3), (4, 1e-4))], options);
        Assert.InRange(Pictures.LargestDifference(ends, all), 0, 2);
        Assert.NotEqual(ends.Pixels, LineChart.Render([Line((0, 1), (1, 0.5), (4, 1e-4))], options).Pixels);
    }

    [Fact]
    public void Values_that_cannot_be_drawn_break_the_line()
    {
        var whole = LineChart.Render([Line((0, 1), (1, 1), (2, 1), (3, 2))]);
        foreach (var gap in (double[])[double.NaN, double.PositiveInfinity])
            Assert.True(Ink(LineChart.Render([Line((0, 1), (1, gap), (2, 1), (3, 2))]), Red) < Ink(whole, Red) - 100);
        var log = new LineChartOptions { LogY = true };
        Assert.Equal(LineChart.Render([Line((0, 1), (1, double.NaN), (2, 1))], log).Pixels,
            LineChart.Render([Line((0, 1), (1, -3), (2, 1))], log).Pixels);
    }

    [Fact]
    public void Charts_without_points_are_drawn_all_the_same()
    {
        Assert.Equal(960, LineChart.Render([]).Width);
        Assert.Equal(960, LineChart.Render([Line(), Line((0, double.NaN))], new LineChartOptions { LogY = true }).Width);
        Assert.Equal(240, LineChart.Render([Line((5, 5))], new LineChartOptions { Width = 240, Height = 160, YLabel = "y" }).Width);
    }

    [Fact]
    public void Smoothing_draws_the_average_over_pale_points()
    {
        var points = Enumerable.Range(0, 200).Select(i => ((double)i, i % 2 == 0 ? 1.0 : 3.0)).ToArray();
        var raw = LineChart.Render([Line(points)]);
        var smooth = LineChart.Render([Line(points) with { Smoothing = 0.98 }]);
        Assert.True(Ink(smooth, Red) < Ink(raw, Red) / 2);
        Assert.True(Ink(smooth, Red) > 800);
        Assert.Equal("Smoothing is 1, expected 0 to below 1", Assert.Throws<InvalidSettingException>(() => Line() with { Smoothing = 1 }).Message);
    }

    [Fact]
    public void Options_refuse_sizes_that_hold_no_chart()
    {
        Assert.Equal("Width is 10, expected at least 240", Assert.Throws<InvalidSettingException>(() => new LineChartOptions { Width = 10 }).Message);
        Assert.Equal("Height is 0, expected at least 160", Assert.Throws<InvalidSettingException>(() => new LineChartOptions { Height = 0 }).Message);
    }
}
