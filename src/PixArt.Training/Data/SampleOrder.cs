namespace PixArt.Training.Data;

/// <summary>Which sample comes at which position of an endless sequence of shuffled epochs. Every epoch visits every sample
/// once, in an order of its own that needs no memory: a Feistel network over the smallest power of four that holds the
/// count, walked until it lands inside (Black and Rogaway 2002).</summary>
/// <param name="count">Number of samples; <see cref="long.MaxValue"/> leaves the order as it is.</param>
/// <param name="seed">The run's seed.</param>
public sealed class SampleOrder(long count, ulong seed)
{
    const int Rounds = 4;
    readonly int _halfBits = HalfBits(count);

    /// <summary>The sample at a position, and how often samples have been seen before it.</summary>
    /// <param name="position">Number of samples drawn before this one.</param>
    public (long Index, long Epoch) this[long position]
    {
        get
        {
            if (count == long.MaxValue) return (position, 0);
            var epoch = position / count;
            var key = new RandomKey(seed, RandomPurpose.Order, epoch).Value;
            var index = (ulong)(position % count);
            do index = Permute(index, key);
            while (index >= (ulong)count);
            return ((long)index, epoch);
        }
    }

    ulong Permute(ulong value, ulong key)
    {
        var mask = (1UL << _halfBits) - 1;
        var (left, right) = (value >> _halfBits, value & mask);
        for (var round = 0UL; round < Rounds; round++)
            (left, right) = (right, left ^ (SplitMix64.Mix(right + key + (round * 0x9E3779B97F4A7C15)) & mask));
        return (left << _halfBits) | right;
    }

    static int HalfBits(long count)
    {
        var bits = 1;
        while (bits < 31 && 1L << (2 * bits) < count) bits++;
        return bits;
    }
}
