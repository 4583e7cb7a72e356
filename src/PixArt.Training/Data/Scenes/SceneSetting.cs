namespace PixArt.Training.Data.Scenes;

/// <summary>A background that scenes stand in, drawn by code, and the words for it.</summary>
public sealed record SceneSetting
{
    internal SceneSetting(string name, string[] phrases, bool underwater = false)
    {
        Name = name;
        Phrases = phrases;
        IsUnderwater = underwater;
    }

    /// <summary>Its short name: "desert".</summary>
    public string Name { get; }

    /// <summary>Phrases that put something into it, the commonest first: "in the desert".</summary>
    public IReadOnlyList<string> Phrases { get; }

    /// <summary>Whether swimmers swim here.</summary>
    public bool IsUnderwater { get; }

    /// <summary>Position in <see cref="SceneVocabulary.Settings"/>: the class number of the recogniser.</summary>
    public int Index { get; internal init; }

    /// <inheritdoc/>
    public bool Equals(SceneSetting? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
