using System.Collections.Immutable;

namespace PixArt.Training.Data.Scenes;

/// <summary>An object that a caption names.</summary>
/// <param name="Object">What it is.</param>
/// <param name="Size">Its size; normal where the caption says nothing.</param>
/// <param name="HappyFace">Whether the caption gives it a happy face.</param>
public sealed record CaptionObject(SceneObject Object, ObjectSize Size, bool HappyFace);

/// <summary>A side that a caption states: the first object is left of the second.</summary>
/// <param name="Left">Position in <see cref="CaptionFacts.Objects"/>.</param>
/// <param name="Right">Position in <see cref="CaptionFacts.Objects"/>.</param>
public sealed record LeftOf(int Left, int Right);

/// <summary>A middle that a caption states; the outer two may stand either way round.</summary>
/// <param name="Middle">Position in <see cref="CaptionFacts.Objects"/>.</param>
/// <param name="Outer">One neighbour.</param>
/// <param name="OtherOuter">The other neighbour.</param>
public sealed record Between(int Middle, int Outer, int OtherOuter);

/// <summary>What a caption claims about its picture, as <see cref="CaptionParser"/> reads it.</summary>
/// <param name="Setting">The setting, or null where none is named.</param>
/// <param name="Objects">The objects in the order of the caption; "two foxes" is two.</param>
/// <param name="Sides">Left and right.</param>
/// <param name="Middles">Between.</param>
/// <param name="UnknownWords">Words that the reader has no meaning for.</param>
public sealed record CaptionFacts(
    SceneSetting? Setting, ImmutableArray<CaptionObject> Objects, ImmutableArray<LeftOf> Sides, ImmutableArray<Between> Middles,
    ImmutableArray<string> UnknownWords)
{
    /// <summary>Whether exactly the named objects stand in the row, in any order.</summary>
    /// <param name="row">Objects from left to right.</param>
    public bool NamesExactly(IReadOnlyList<SceneObject> row) =>
        Objects.Select(named => named.Object.Index).Order().SequenceEqual(row.Select(thing => thing.Index).Order());

    /// <summary>Whether every side and middle holds in the row. An object that is not there is on no side.</summary>
    /// <param name="row">Objects from left to right.</param>
    public bool SidesHold(IReadOnlyList<SceneObject> row) =>
        Sides.All(side => Objects[side.Left].Object == Objects[side.Right].Object
            || Place(row, side.Left) is { } left && Place(row, side.Right) is { } right && left < right)
        && Middles.All(middle => Place(row, middle.Middle) is { } centre
            && Place(row, middle.Outer) is { } one && Place(row, middle.OtherOuter) is { } other
            && (one < centre && centre < other || other < centre && centre < one));

    /// <summary>Whether everything that the caption claims is so in the scene.</summary>
    public bool IsTrueOf(Scene scene)
    {
        var row = scene.Objects.Select(placed => placed.Object).ToArray();
        return (Setting is null || Setting == scene.Setting) && NamesExactly(row) && SidesHold(row)
            && Objects.Select(Looks).Order(StringComparer.Ordinal)
                .SequenceEqual(scene.Objects.Select(placed => Looks(new(placed.Object, placed.Size, placed.HappyFace))).Order(StringComparer.Ordinal),
                    StringComparer.Ordinal);
    }

    private static string Looks(CaptionObject named) => $"{named.Object.Name} {named.Size} {named.HappyFace}";

    private int? Place(IReadOnlyList<SceneObject> row, int named)
    {
        for (var i = 0; i < row.Count; i++)
        {
            if (row[i] == Objects[named].Object)
                return i;
        }

        return null;
    }
}
