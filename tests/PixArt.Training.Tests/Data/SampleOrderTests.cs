using FsCheck;
using FsCheck.Fluent;
using PixArt.Training.Data;

namespace PixArt.Training.Tests.Data;

public sealed class SampleOrderTests
{
    [Fact]
    public void EveryEpoch_AnyCount_VisitsEverySampleOnce() => Prop.ForAll(
        Gen.Choose(1, 700).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (count, seed) =>
        {
            var order = new SampleOrder(count, (ulong)seed);
            for (var epoch = 0; epoch < 3; epoch++)
            {
                var seen = Enumerable.Range(0, count).Select(i => order[((long)epoch * count) + i]).ToArray();
                if (seen.Any(s => s.Epoch != epoch) || seen.Select(s => s.Index).Distinct().Count() != count) return false;
                if (seen.Any(s => s.Index < 0 || s.Index >= count)) return false;
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TwoEpochs_OfManySamples_HaveDifferentOrders()
    {
        var order = new SampleOrder(1000, 1);
        var same = Enumerable.Range(0, 1000).Count(i => order[i].Index == order[1000 + i].Index);
        Assert.InRange(same, 0, 12);
    }

    [Fact]
    public void EndlessData_ComesInItsOwnOrder() => Assert.Equal((123_456_789_012L, 0L), new SampleOrder(long.MaxValue, 5)[123_456_789_012]);
}
