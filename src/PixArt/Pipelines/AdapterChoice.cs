namespace PixArt.Pipelines;

/// <summary>An adapter that a pipeline shall use.</summary>
/// <param name="Path">A file (LoRA, DoRA, LoHa, LoKr) or an adapter's folder.</param>
/// <param name="Weight">How strongly it acts: 0 not at all, 1 as it was trained, other finite numbers in proportion.</param>
/// <param name="Expert">The name of the one expert that it is for; null: all.</param>
public sealed record AdapterChoice(string Path, double Weight = 1, string? Expert = null);
