using PixArt.Imaging.Drawing;

namespace PixArt.Tests.Imaging.Drawing;

public class AxisScaleTests
{
    [Fact]
    public void Linear_ticks_are_round_numbers_and_cover_the_values()
    {
        var axis = AxisScale.Linear(0.07, 0.93, 5, round: true);
        Assert.Equal([0, 0.2, 0.4, 0.6, 0.8, 1], axis.Ticks.Select(t => Math.Round(t, 9)));
        Assert.Equal(0, axis.Position(0));
        Assert.Equal(1, axis.Position(1), 9);
        Assert.Equal([0, 20_000, 40_000], AxisScale.Linear(0, 59_950, 4, round: false).Ticks);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    [InlineData(-1e9, 1e9)]
    [InlineData(1e-12, 2e-12)]
    [InlineData(1e300, 2e300)]
    public void Linear_ticks_stay_few_and_on_the_axis(double low, double high)
    {
        var axis = AxisScale.Linear(low, high, 6, round: true);
        Assert.InRange(axis.Ticks.Count, 2, 12);
        Assert.All(axis.Ticks, t => Assert.InRange(axis.Position(t), -1e-9, 1 + 1e-9));
        Assert.InRange(axis.Position(low), 0, 1);
        Assert.InRange(axis.Position(high), 0, 1);
    }

    [Fact]
    public void Log_ticks_are_decades_with_2_and_5_where_few()
    {
        Assert.Equal([0.05, 0.1, 0.2, 0.5, 1, 2], AxisScale.Log(0.06, 1.4, 8).Ticks);
        Assert.Equal([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1], AxisScale.Log(1e-6, 1, 8).Ticks);
        Assert.InRange(AxisScale.Log(1e-30, 1e30, 8).Ticks.Count, 3, 9);
        var axis = AxisScale.Log(0.01, 1, 8);
        Assert.Equal(0.5, axis.Position(0.1), 9);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(1e-300, 1e-299)]
    public void Log_axis_of_a_narrow_range_holds_its_values(double low, double high)
    {
        var axis = AxisScale.Log(low, high, 8);
        Assert.InRange(axis.Position(low), 0, 1);
        Assert.InRange(axis.Position(high), 0, 1);
        Assert.NotEmpty(axis.Ticks);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.05, "0.05")]
    [InlineData(0.30000000000000004, "0.3")]
    [InlineData(2500, "2500")]
    [InlineData(20000, "20k")]
    [InlineData(1.5e6, "1.5M")]
    [InlineData(1e-5, "1e-5")]
    [InlineData(-4e13, "-4e13")]
    public void Label_is_short(double value, string label) => Assert.Equal(label, AxisScale.Label(value));
}
