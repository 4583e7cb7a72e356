using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Pipelines;

/// <summary>What a component's weights take in memory, from the headers of its files.</summary>
/// <param name="Elements">Number of elements.</param>
/// <param name="Stored">Bytes in the form of the files; packed elements (GGUF) count as unpacked, because they are kept so.</param>
/// <param name="Compute">The type that is computed in.</param>
/// <param name="Format">How the files hold them, for people.</param>
/// <param name="IsQuantized">Whether matrices are 8-bit integers.</param>
/// <param name="IsPacked">Whether elements are packed (GGUF).</param>
sealed record HeldWeights(long Elements, long Stored, ScalarType Compute, string Format, bool IsQuantized, bool IsPacked)
{
    /// <summary>Bytes in the type that is computed in.</summary>
    public long Whole => Elements * Compute.ByteSize();

    /// <summary>Bytes of an element in the form of the files, rounded up.</summary>
    public long StoredBytesPerElement => IsPacked ? Compute.ByteSize() : IsQuantized ? 1 : Math.Max(1, (Stored + Elements - 1) / Math.Max(1, Elements));

    /// <summary>In what form they are in memory.</summary>
    public string Describe(bool stored) => IsQuantized || (stored && !IsPacked && Stored < Whole) ? $"{Format} in memory, computed in {Name(Compute)}" : Name(Compute);

    /// <summary>Opens a component's files for their headers.</summary>
    /// <param name="folder">The component.</param>
    /// <param name="options">Device and variant.</param>
    /// <param name="dtype">The type to compute in; null: the device's usual one.</param>
    public static HeldWeights Of(ComponentFolder folder, PipelineOptions options, ScalarType? dtype)
    {
        using var source = folder.OpenWeights(options.Variant);
        return Of(source, options, dtype, IsNeeded);
    }

    /// <summary>Of open files, the tensors that are needed.</summary>
    public static HeldWeights Of(WeightsSource source, PipelineOptions options, ScalarType? dtype, Func<string, bool> isNeeded)
    {
        StoredTensor[] tensors = [.. source.Names.Where(isNeeded).Select(name => source.Find(name)!)];
        var packed = tensors.Any(tensor => tensor.StoredBytes < tensor.ByteCount);
        var compute = dtype ?? ComponentLoading.DefaultType(source, options.Device);
        var elements = tensors.Sum(tensor => tensor.Count);
        var stored = packed ? elements * compute.ByteSize() : tensors.Sum(tensor => tensor.ByteCount);
        var format = source.IsQuantized ? "8-bit integers" : packed ? "packed" : Name(ComponentLoading.FloatingType(source));
        return new(elements, Math.Min(stored, elements * compute.ByteSize()), compute, format, source.IsQuantized, packed);
    }

    // The halves of T5 that no caption needs.
    static bool IsNeeded(string name) => !name.StartsWith("decoder.block.", StringComparison.Ordinal) && !name.StartsWith("lm_head.", StringComparison.Ordinal);

    static string Name(ScalarType type) => type.ToString().ToLowerInvariant();
}
