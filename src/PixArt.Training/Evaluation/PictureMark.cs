using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>How one generated picture fared.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Seen">What the recogniser saw.</param>
public sealed record PictureMark(EvaluationPrompt Prompt, RecognizedScene Seen)
{
    /// <summary>Whether exactly the named objects are there, in any place.</summary>
    public bool ObjectsRight { get; } = Prompt.Facts.NamesExactly(Seen.Objects);

    /// <summary>Whether the setting is the named one; null where none is named.</summary>
    public bool? SettingRight { get; } = Prompt.Facts.Setting is { } setting ? setting == Seen.Setting : null;

    /// <summary>Whether every object stands on its stated side; null where no side is stated.</summary>
    public bool? SidesRight { get; } = Prompt.Facts.Sides.IsEmpty && Prompt.Facts.Middles.IsEmpty ? null : Prompt.Facts.SidesHold(Seen.Objects);

    /// <summary>Whether exactly the asked faces smile; null where no named object can smile or the objects are wrong.</summary>
    public bool? FacesRight { get; } = !Prompt.Facts.Objects.Any(named => named.Object.CanSmile) || !Prompt.Facts.NamesExactly(Seen.Objects)
        ? null
        : Faces(Prompt.Facts.Objects.Select(named => (named.Object, named.HappyFace)))
            .SequenceEqual(Faces(Seen.Row.Select(seen => (seen.Object, seen.HappyFace))));

    /// <summary>Whether everything that was asked and can be marked is right.</summary>
    public bool AllRight => ObjectsRight && SettingRight is not false && SidesRight is not false && FacesRight is not false;

    // Only what the vocabulary can make smile counts.
    private static IEnumerable<(int, bool)> Faces(IEnumerable<(SceneObject Object, bool Happy)> row) =>
        row.Where(seen => seen.Object.CanSmile).Select(seen => (seen.Object.Index, seen.Happy)).Order();
}
