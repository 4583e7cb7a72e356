namespace PixArt.Training.Checkpoints;

/// <summary>A whole checkpoint on the disk.</summary>
/// <param name="Step">Optimizer steps made when it was saved.</param>
/// <param name="Folder">Where its files lie.</param>
public sealed record Checkpoint(long Step, string Folder);
