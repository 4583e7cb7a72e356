namespace PixArt.Fuzz;

/// <summary>An input that broke a promise of a reader.</summary>
/// <param name="Number">With the same seed files the same number gives it again.</param>
/// <param name="Seed">The file that was damaged.</param>
/// <param name="What">What happened.</param>
/// <param name="Input">The damaged bytes.</param>
sealed record FuzzFailure(long Number, string Seed, string What, byte[] Input);
