namespace PixArt.Adapters;

/// <summary>What one adapter does to one model.</summary>
/// <param name="Path">The adapter as it was named.</param>
/// <param name="Weight">How strongly it acts: 0 not at all, 1 as it was trained.</param>
/// <param name="Description">Its kind, rank and number of layers.</param>
/// <param name="Parameters">Names of the model's parameters that it changes, in order.</param>
public sealed record AdapterReport(string Path, double Weight, string Description, IReadOnlyList<string> Parameters);
