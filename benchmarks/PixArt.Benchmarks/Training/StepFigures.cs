namespace PixArt.Benchmarks.Training;

/// <summary>What one side measured in a process of its own.</summary>
/// <param name="Version">Its libtorch.</param>
/// <param name="Parameters">Elements that it trains.</param>
/// <param name="Losses">Loss of each step, the first one to warm up included.</param>
/// <param name="Seconds">Times of the other steps.</param>
/// <param name="PeakBytes">Peak resident memory.</param>
internal sealed record StepFigures(string Version, long Parameters, double[] Losses, double[] Seconds, long PeakBytes)
{
    /// <summary>The best time.</summary>
    public double Best => Seconds.Min();

    /// <summary>These and those of another round.</summary>
    public StepFigures And(StepFigures other) =>
        this with { Seconds = [.. Seconds, .. other.Seconds], PeakBytes = Math.Max(PeakBytes, other.PeakBytes) };
}
