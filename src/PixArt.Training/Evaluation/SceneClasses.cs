using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>
/// Class numbers of what can stand in a place: 0 is nothing, then every object, then every smiling one. Places are left, centre
/// and right: one object stands in the centre, two at the sides, three everywhere.
/// </summary>
internal static class SceneClasses
{
    private static readonly SceneObject[] Smilers = [.. SceneVocabulary.Objects.Where(thing => thing.CanSmile)];

    public const int Places = 3;

    public static int Count { get; } = 1 + SceneVocabulary.Objects.Length + Smilers.Length;

    public static int Of(PlacedObject placed) =>
        placed.HappyFace ? 1 + SceneVocabulary.Objects.Length + Array.IndexOf(Smilers, placed.Object) : 1 + placed.Object.Index;

    /// <summary>The classes of the three places of a scene.</summary>
    public static (int Left, int Centre, int Right) Of(Scene scene) => scene.Objects switch
    {
        [var only] => (0, Of(only), 0),
        [var left, var right] => (Of(left), 0, Of(right)),
        [var left, var centre, var right] => (Of(left), Of(centre), Of(right)),
        _ => (0, 0, 0),
    };

    public static RecognizedObject? Meaning(int number, double confidence) =>
        number == 0 ? null
        : number <= SceneVocabulary.Objects.Length ? new(SceneVocabulary.Objects[number - 1], HappyFace: false, confidence)
        : new(Smilers[number - 1 - SceneVocabulary.Objects.Length], HappyFace: true, confidence);
}
