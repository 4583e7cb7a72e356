namespace PixArt.Hub;

/// <summary>A model's files on disk, in the state of one commit.</summary>
/// <param name="Id">What was asked for.</param>
/// <param name="Commit">The commit, 40 hexadecimal digits.</param>
/// <param name="Folder">The snapshot's folder, laid out as the repository.</param>
/// <param name="Files">Names of the wanted files, relative to the folder with <c>/</c>, in order.</param>
public sealed record HubSnapshot(HubId Id, string Commit, string Folder, IReadOnlyList<string> Files)
{
    /// <summary>The licence that the model's card states; null when it states none, or the hub was not asked and the card is not in the cache.</summary>
    public string? License { get; init; }

    /// <summary>Why the hub could not be asked for a newer state, when the cache served instead; null otherwise.</summary>
    public HubException? Unasked { get; init; }

    /// <summary>Size of all wanted files, bytes.</summary>
    public long Bytes => Files.Sum(file => HubCache.LengthOf(Path.Combine(Folder, file)));
}
