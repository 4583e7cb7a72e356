namespace PixArt.Training;

/// <summary>A 64-bit generator whose state is one counter (Steele, Lea and Flood 2014): seeding it costs nothing, so that
/// every purpose of every step has a stream of its own and a checkpoint needs to save none of them.</summary>
/// <param name="seed">Where the counter starts.</param>
public struct SplitMix64(ulong seed)
{
    const ulong Gamma = 0x9E3779B97F4A7C15;
    ulong _state = seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong Next() => Mix(_state += Gamma);

    /// <summary>A number of [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>An integer of [0, <paramref name="bound"/>); the bias of at most bound/2^64 is out of reach of any test.</summary>
    public long NextInt(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Puts <paramref name="items"/> in random order (Fisher-Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = (int)NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Mixes all bits of <paramref name="value"/>: a bijection.</summary>
    internal static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
