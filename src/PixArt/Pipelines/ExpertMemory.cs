using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>What a transformer takes in memory.</summary>
/// <param name="Weights">Its weights.</param>
/// <param name="Adapted">Elements that adapters change: they are computed when it is loaded, and kept in the type that is computed in.</param>
/// <param name="LargestAdapted">Elements of the largest such parameter.</param>
sealed record ExpertMemory(HeldWeights Weights, long Adapted, long LargestAdapted)
{
    public static ExpertMemory Of(PipelineExpert expert, PipelineOptions options)
    {
        var weights = HeldWeights.Of(expert.Folder!, options, options.DType);
        string[] changed = [.. expert.Adapters.SelectMany(adapter => adapter.Parameters).Distinct(StringComparer.Ordinal)];
        if (changed.Length == 0) return new(weights, 0, 0);
        using var source = expert.Folder!.OpenWeights(options.Variant);
        long[] counts = [.. changed.Select(name => source.Find(name)!.Count)];
        return new(weights, counts.Sum(), counts.Max());
    }

    /// <summary>Bytes while it is in memory.</summary>
    /// <param name="stored">Whether matrices stay in the form of the files.</param>
    public long Bytes(bool stored) => (!stored && !Weights.IsQuantized ? Weights.Whole
        : Weights.Stored + (Adapted * Math.Max(0, Weights.Compute.ByteSize() - Weights.StoredBytesPerElement))) + Merging;

    // Own values, change and sum in single precision, of the largest.
    long Merging => 4 * 3 * LargestAdapted;
}
