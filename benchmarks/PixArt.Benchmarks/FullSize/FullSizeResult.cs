namespace PixArt.Benchmarks.FullSize;

/// <summary>What one picture took.</summary>
/// <param name="TextSeconds">Encoding the prompts.</param>
/// <param name="StepSeconds">Each step that was made; the first, and the first of another expert, include loading.</param>
/// <param name="DecodeSeconds">Decoding with loading; 0 where it was not done.</param>
/// <param name="PeakBytes">Peak resident memory of the process.</param>
/// <param name="PlannedBytes">What the plan said.</param>
internal sealed record FullSizeResult(double TextSeconds, double[] StepSeconds, double DecodeSeconds, long PeakBytes, long PlannedBytes);
