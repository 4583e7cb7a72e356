namespace PixArt.Training.Data.Scenes;

/// <summary>SplitMix64 (Steele et al. 2014): a tiny stream that any (seed, index) starts at no cost.</summary>
internal struct SceneRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state;

    public SceneRandom(ulong seed, long index) => _state = Mix(seed + Golden) ^ Mix(unchecked((ulong)index) * Golden + 1);

    public ulong Next() => Mix(_state += Golden);

    /// <summary>Uniform in [0, count).</summary>
    public int Below(int count) => (int)(((Next() >> 32) * (ulong)count) >> 32);

    /// <summary>Uniform in [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => Unit() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    internal static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
