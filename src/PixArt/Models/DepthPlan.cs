namespace PixArt.Models;

/// <summary>Which block of a parent each block of a deeper transformer is a copy of.</summary>
static class DepthPlan
{
    /// <param name="from">The parent's blocks.</param>
    /// <param name="to">Blocks of the grown transformer.</param>
    /// <param name="method">How it grows.</param>
    /// <returns>For each new block the parent's, and whether its residual branches are silenced.</returns>
    /// <exception cref="InvalidSettingException">The number of blocks cannot be reached.</exception>
    public static IReadOnlyList<(int Source, bool Silent)> Of(int from, int to, DepthMethod method)
    {
        if (to <= from) throw new InvalidSettingException("layers", to, $"more than the model's {from}");
        if (method == DepthMethod.Identity) return Interleaved(from, to);
        if (to > 2 * from) throw new InvalidSettingException("layers", to, $"at most {2 * from}, twice the model's, as its blocks overlap; or the identity method");
        // The first half of the new depth from the beginning, the other up to the end: 28 to 42 is 0..20, then 7..27.
        var head = (to + 1) / 2;
        return [.. Enumerable.Range(0, to).Select(block => (block < head ? block : block - to + from, false))];
    }

    // The silent copies follow the blocks that they are copies of, spread evenly.
    static List<(int, bool)> Interleaved(int from, int to)
    {
        var more = to - from;
        var plan = new List<(int, bool)>(to);
        for (int block = 0, placed = 0; block < from; block++)
        {
            plan.Add((block, false));
            for (; placed < more && Place(placed) == block; placed++) plan.Add((block, true));
        }

        return plan;

        int Place(int copy) => (int)((((copy + 1L) * from) + more - 1) / more) - 1;
    }
}
