namespace PixArt.Training.Data.Scenes;

/// <summary>A thing that scenes are made of: one Fluent Emoji and the words for it.</summary>
public sealed record SceneObject
{
    internal SceneObject(string codePoint, string name, string? plural = null, string[]? synonyms = null, string? adjective = null,
        Elevation elevation = Elevation.Ground, FacePlacement? face = null)
    {
        CodePoint = codePoint;
        Name = name;
        Plural = plural ?? name + "s";
        Synonyms = synonyms ?? [];
        Adjective = adjective;
        Elevation = elevation;
        Face = face;
    }

    /// <summary>An object that the vocabulary does not have, to be taught to a model that knows the others; it stands on the ground.</summary>
    /// <param name="codePoint">Its picture's file name without ".webp".</param>
    /// <param name="name">The noun, lower case, without article.</param>
    /// <exception cref="InvalidSettingException">The name is empty or that of an object of the vocabulary.</exception>
    public static SceneObject Newcomer(string codePoint, string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new InvalidSettingException("object", name, "a noun");
        if (SceneVocabulary.FindObject(name) is { } known)
            throw new InvalidSettingException("object", name, $"a noun that the vocabulary does not have ('{known.Name}' is its own)");
        return new(codePoint, name) { Index = SceneVocabulary.Objects.Length };
    }

    /// <summary>Hexadecimal Unicode code point (with -fe0f where the file name has it): the picture's file name without ".webp".</summary>
    public string CodePoint { get; }

    /// <summary>The noun, lower case, without article: "palm tree".</summary>
    public string Name { get; }

    /// <summary>The plural noun: "palm trees".</summary>
    public string Plural { get; }

    /// <summary>Other nouns for the same thing, singular.</summary>
    public IReadOnlyList<string> Synonyms { get; }

    /// <summary>An adjective that is always true of it ("red" for the apple); null where there is none.</summary>
    public string? Adjective { get; }

    /// <summary>Whether it stands, swims or flies.</summary>
    public Elevation Elevation { get; }

    /// <summary>Whether it can be drawn with a happy face.</summary>
    public bool CanSmile => Face is not null;

    internal FacePlacement? Face { get; }

    /// <summary>Position in <see cref="SceneVocabulary.Objects"/>: the class number of the recogniser.</summary>
    public int Index { get; internal init; }

    /// <inheritdoc/>
    public bool Equals(SceneObject? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
