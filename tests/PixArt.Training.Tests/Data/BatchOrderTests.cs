using PixArt.Training.Data;

namespace PixArt.Training.Tests.Data;

public sealed class BatchOrderTests
{
    // Three sizes; the second comes from two sets, one of them shown twice an epoch.
    static readonly SampleGroup[] s_groups =
    [
        SampleGroup.Range(0, 13, 64, 64), SampleGroup.Range(13, 5, 48, 80), SampleGroup.Range(18, 3, 48, 80, rate: 2), SampleGroup.Range(21, 1, 80, 48),
    ];

    static int SizeOf(long index) => index < 13 ? 0 : index < 21 ? 1 : 2;

    [Fact]
    public void This_OneSize_IsTheOrderOfSamples()
    {
        var order = new BatchOrder([SampleGroup.Range(0, 10, 8, 8)], 4, 43);
        var samples = new SampleOrder(10, 43);
        for (var pass = 0L; pass < 20; pass++)
            Assert.Equal(Enumerable.Range(0, 4).Select(i => samples[(pass * 4) + i]), order[pass].Select(s => (s.Index, s.Visit)));
    }

    [Fact]
    public void This_EndlessSamples_FollowEachOther() =>
        Assert.Equal([6L, 7, 8], new BatchOrder([SampleGroup.Range(0, long.MaxValue, 8, 8)], 3, 1)[2].Select(s => s.Index));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(50)]
    public void This_ManySizes_BatchesAreOfOneAndEverySampleHasItsShare(int batchSize)
    {
        var order = new BatchOrder(s_groups, batchSize, 7);
        // Whole cycles: every size fills its batches exactly.
        const int Epochs = 1200;
        var seen = new long[22];
        var visits = new HashSet<SampleVisit>();
        var passes = new long[] { 13, 11, 1 }.Sum(slots => slots * Epochs / batchSize);
        for (var pass = 0L; pass < passes; pass++)
        {
            var batch = order[pass];
            Assert.Equal(batchSize, batch.Length);
            Assert.Single(batch.Select(sample => SizeOf(sample.Index)).Distinct());
            foreach (var sample in batch)
            {
                seen[sample.Index]++;
                Assert.True(visits.Add(sample), $"{sample} twice");
            }
        }

        for (var i = 0; i < 22; i++) Assert.Equal(i is >= 18 and < 21 ? 2 * Epochs : Epochs, seen[i]);
    }

    [Fact]
    public void This_AnyPass_NeedsNoHistoryAndDiffersByEpochAndSeed()
    {
        var order = new BatchOrder(s_groups, 3, 7);
        var forward = Enumerable.Range(0, 60).Select(pass => order[pass]).ToArray();
        var other = new BatchOrder(s_groups, 3, 7);
        for (var pass = 59; pass >= 0; pass--) Assert.Equal(forward[pass], other[pass]);
        Assert.NotEqual(forward, Enumerable.Range(0, 60).Select(pass => new BatchOrder(s_groups, 3, 8)[pass]).ToArray());
        // Sizes are mixed, not served one after the other.
        Assert.NotEqual(forward.Select(b => SizeOf(b[0].Index)).Order(), forward.Select(b => SizeOf(b[0].Index)));
    }

    [Fact]
    public void This_FractionalRate_ShowsEverySampleAsOftenAsTheOthersOfItsGroup()
    {
        var order = new BatchOrder([SampleGroup.Range(0, 10, 8, 8, rate: 0.5), SampleGroup.Range(10, 10, 8, 8)], 5, 1);
        var seen = new int[20];
        for (var pass = 0L; pass < 60; pass++)
            foreach (var sample in order[pass]) seen[sample.Index]++;
        Assert.All(seen[..10], count => Assert.Equal(10, count));
        Assert.All(seen[10..], count => Assert.Equal(20, count));
    }
}
