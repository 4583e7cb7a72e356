using PixArt.Training.Data;

namespace PixArt.Training.Features;

/// <summary>Where the latents of a sample lie: records in the order of indices, cut into files of <see cref="PartSamples"/>
/// samples each. All records of a group have one size.</summary>
sealed class LatentCacheLayout
{
    public const int PartSamples = 4096;
    const int ValueBytes = 2;
    readonly long[] _firsts;
    readonly long[] _starts;
    readonly long[][] _shapes;
    readonly int _factor;

    public LatentCacheLayout(IReadOnlyList<SampleGroup> groups, LatentCacheIdentity identity)
    {
        Count = identity.Count;
        _factor = identity.Deviations ? 2 : 1;
        _firsts = [.. groups.Select(group => group[0])];
        _shapes = [.. groups.Select(group => new long[] { identity.Channels, group.Height / identity.Downsampling, group.Width / identity.Downsampling })];
        _starts = new long[groups.Count];
        for (var i = 1; i < groups.Count; i++) _starts[i] = _starts[i - 1] + (groups[i - 1].Count * Record(i - 1));
    }

    public long Count { get; }

    public int Parts => (int)((Count + PartSamples - 1) / PartSamples);

    /// <summary>C, h, w of a sample's latents.</summary>
    public long[] Shape(long index) => _shapes[Group(index)];

    /// <summary>Numbers of a sample's record: means, and deviations after them if there are any.</summary>
    public int Values(long index) => (int)(Record(Group(index)) / ValueBytes);

    /// <summary>Where a sample's record begins in the file of its part.</summary>
    public long Offset(long index) => Start(index) - Start(index / PartSamples * PartSamples);

    /// <summary>Samples of a part: the first one, and the first after it.</summary>
    public (long First, long End) Samples(int part) =>
        ((long)part * PartSamples, Math.Min(Count, ((long)part + 1) * PartSamples));

    /// <summary>The first sample of a part whose record is not whole in a file of that length.</summary>
    public long FirstMissing(int part, long length)
    {
        var (low, high) = Samples(part);
        var origin = Start(low);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Start(middle + 1) - origin <= length) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    public static string FileName(int part) => $"latents-{part:D6}.f16";

    // Of the index after the last one too.
    long Start(long index)
    {
        var group = Group(index);
        return _starts[group] + ((index - _firsts[group]) * Record(group));
    }

    long Record(int group) => _shapes[group][0] * _shapes[group][1] * _shapes[group][2] * _factor * ValueBytes;

    int Group(long index)
    {
        var found = Array.BinarySearch(_firsts, index);
        return found >= 0 ? found : ~found - 1;
    }
}
