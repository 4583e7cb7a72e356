using System.Globalization;

namespace PixArt.Fuzz;

/// <summary>What a run found.</summary>
sealed record FuzzReport
{
    public required string Reader { get; init; }

    /// <summary>Inputs tried.</summary>
    public required long Inputs { get; init; }

    /// <summary>How many were read, as damage to data or names may leave a file valid.</summary>
    public required long Read { get; init; }

    /// <summary>How many were refused with a typed error, by kind.</summary>
    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    /// <summary>Most bytes that one input made the reader allocate beyond the input's own length.</summary>
    public required long LargestAllocation { get; init; }

    /// <summary>The longest that one input took.</summary>
    public required TimeSpan Slowest { get; init; }

    /// <summary>All of it.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Broken promises; a run ends after ten.</summary>
    public required IReadOnlyList<FuzzFailure> Failures { get; init; }

    public string ToText()
    {
        var refused = string.Join(", ", Refused.OrderByDescending(r => r.Value).Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key} {r.Value}")));
        List<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"{Reader}: {Inputs} inputs in {Elapsed.TotalSeconds:0} s, {Read} read, {Refused.Values.Sum()} refused, {Failures.Count} broken promises"),
            string.Create(CultureInfo.InvariantCulture, $"  largest allocation beyond the input {LargestAllocation / 1048576.0:0.0} MiB, slowest input {Slowest.TotalMilliseconds:0} ms"),
            $"  refused as: {refused}",
            .. Failures.Select(failure => string.Create(CultureInfo.InvariantCulture, $"  input {failure.Number} of {failure.Seed}: {failure.What}")),
        ];
        return string.Join('\n', lines);
    }
}
