namespace PixArt.TestKit;

/// <summary>One line of the manifest.</summary>
/// <param name="Name">Path of its JSON without the ending, for example <c>transformer/alpha256</c>; of a folder, its path.</param>
/// <param name="What">What it is.</param>
/// <param name="IsFolder">A folder rather than a JSON document with tensors.</param>
/// <param name="PthFiles">PyTorch files that belong to it, relative to the set.</param>
public sealed record GoldenEntry(string Name, string What, bool IsFolder, IReadOnlyList<string> PthFiles);
