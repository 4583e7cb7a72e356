using PixArt.Torch;
using PixArt.Training.Optimization;

namespace PixArt.Training.Tests.Optimization;

public sealed class StochasticRoundingTests
{
    const int Count = 40_000;

    [Theory]
    [InlineData(1.0 + (1.0 / 512))]
    [InlineData(-3.001)]
    [InlineData(0.7)]
    [InlineData(1e-20)]
    public void Round_OneValueOften_GivesBothNeighboursAndTheValueOnAverage(double value)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(31);
        var rounded = StochasticRounding.Round(Tensor.Full([Count], value), generator).ToArray<float>();
        var neighbours = rounded.Distinct().ToArray();
        Assert.Equal(2, neighbours.Length);
        Assert.All(neighbours, n => Assert.Equal(0, BitConverter.SingleToInt32Bits(n) & 0xFFFF));
        // Five standard deviations of a mean of that many draws.
        var gap = Math.Abs((double)neighbours[0] - neighbours[1]);
        Assert.InRange(rounded.Average(v => (double)v), (float)value - (gap * 2.5 / Math.Sqrt(Count)), (float)value + (gap * 2.5 / Math.Sqrt(Count)));
    }

    [Fact]
    public void Round_BFloat16Values_StayAsTheyAre()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(32);
        var values = Tensor.Randn([1000], generator).To(ScalarType.BFloat16).To(ScalarType.Float32);
        Assert.Equal(values.ToArray<float>(), StochasticRounding.Round(values, generator).ToArray<float>());
    }

    [Theory]
    [InlineData("""{"kind":"adamW"}""")]
    [InlineData("""{"kind":"adam8Bit"}""")]
    [InlineData("""{"kind":"came"}""")]
    [InlineData("""{"kind":"lion"}""")]
    [InlineData("""{"kind":"scheduleFree"}""")]
    public void Step_OfBFloat16Parameters_MovesThemByLessThanTheirLastBitOnAverage(string json)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        // Steps of a thirtieth of the distance of neighbours: rounding to the nearest would never leave 1.
        const double Rate = 1e-4;
        var recipe = OptimizerFormulaTests.Recipe(json);
        recipe.WeightDecay = 0;
        var (small, wide) = (Tensor.Ones([100, 400], ScalarType.BFloat16), Tensor.Ones([100, 400]));
        using var onSmall = OptimizerFactory.Create(recipe, [new("w", small)], seed: 5);
        using var onWide = OptimizerFactory.Create(recipe, [new("w", wide)], seed: 5);
        for (var step = 0; step < 5; step++)
        {
            (small.Grad, wide.Grad) = (Tensor.Ones([100, 400], ScalarType.BFloat16), Tensor.Ones([100, 400]));
            onSmall.Step(Rate);
            onWide.Step(Rate);
        }

        Assert.Equal(ScalarType.BFloat16, small.DType);
        var (moved, expected) = (1 - small.ToArray<float>().Average(v => (double)v), 1 - wide.ToArray<float>().Average(v => (double)v));
        Assert.InRange(expected, 1e-5, 1e-2);
        Assert.InRange(moved, expected * 0.85, expected * 1.15);
    }

    [Fact]
    public void Step_SameSeed_RoundsAlikeAlsoInAPartOfTheParameters()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        float[] Trained(ulong seed, bool alone)
        {
            var (a, b) = (Tensor.Ones([500], ScalarType.BFloat16), Tensor.Ones([500], ScalarType.BFloat16));
            TrainedTensor[] parameters = alone ? [new("b", b)] : [new("a", a), new("b", b)];
            using var optimizer = new AdamW(parameters, seed: seed);
            (a.Grad, b.Grad) = (Tensor.Ones([500], ScalarType.BFloat16), Tensor.Ones([500], ScalarType.BFloat16));
            optimizer.Step(1e-3);
            return b.ToArray<float>();
        }

        Assert.Equal(Trained(1, false), Trained(1, true));
        Assert.NotEqual(Trained(1, false), Trained(2, false));
    }
}
