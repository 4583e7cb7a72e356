namespace PixArt.Pipelines;

/// <summary>What became of a transformer that was grown.</summary>
/// <param name="Name">Its folder's name.</param>
/// <param name="BlocksBefore">Its parent's blocks.</param>
/// <param name="BlocksAfter">Its own.</param>
/// <param name="Parameters">Its parameters.</param>
public sealed record GrownTransformer(string Name, int BlocksBefore, int BlocksAfter, long Parameters);
