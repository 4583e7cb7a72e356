using PixArt.Diffusion;

namespace PixArt.Tests.Diffusion;

public class BetaDistributionTests
{
    [Theory]
    [InlineData(0.25, 1, 1, 0.25)]
    [InlineData(0.5, 0.6, 0.6, 0.5)]
    [InlineData(0.5, 2, 1, 0.25)]
    [InlineData(0.3, 2, 2, 0.216)]
    public void Cumulative_is_that_of_closed_forms(double x, double a, double b, double mass) =>
        Assert.Equal(mass, BetaDistribution.Cumulative(x, a, b), 1e-13);

    [Fact]
    public void Quantiles_undo_the_cumulative_function_and_mirror_each_other()
    {
        for (var i = 1; i < 100; i++)
        {
            var p = i / 100.0;
            var x = BetaDistribution.Quantile(p, 0.6, 0.6);
            Assert.Equal(p, BetaDistribution.Cumulative(x, 0.6, 0.6), 1e-12);
            Assert.Equal(1 - x, BetaDistribution.Quantile(1 - p, 0.6, 0.6), 1e-12);
        }

        Assert.Equal((0, 1), (BetaDistribution.Quantile(0, 0.6, 0.6), BetaDistribution.Quantile(1, 0.6, 0.6)));
    }
}
