namespace PixArt.Weights.Fuzzing;

/// <summary>What a fuzzing run found.</summary>
/// <param name="Runs">Inputs tried.</param>
/// <param name="Refused">How many a reader refused with its typed error, by kind.</param>
/// <param name="Read">How many were read, as damage to data or names may leave a file valid.</param>
/// <param name="LargestAllocation">Most bytes that one input made a reader allocate beyond the input's own length.</param>
/// <param name="Failures">Broken promises; the run ends after ten.</param>
public sealed record FuzzReport(
    long Runs, IReadOnlyDictionary<WeightsErrorKind, long> Refused, long Read, long LargestAllocation, IReadOnlyList<FuzzFailure> Failures);
