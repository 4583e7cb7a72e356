namespace PixArt.Weights.Fuzzing;

/// <summary>An input that broke a promise of the readers.</summary>
/// <param name="Iteration">With the same seed files and the same first number it comes again.</param>
/// <param name="Seed">The file that was damaged.</param>
/// <param name="What">What happened.</param>
/// <param name="Input">The damaged bytes.</param>
public sealed record FuzzFailure(long Iteration, string Seed, string What, byte[] Input);
