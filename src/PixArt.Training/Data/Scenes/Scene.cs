using System.Collections.Immutable;

namespace PixArt.Training.Data.Scenes;

/// <summary>An object in a scene.</summary>
/// <param name="Object">What it is.</param>
/// <param name="Size">How big it is drawn and said to be.</param>
/// <param name="HappyFace">Whether it smiles.</param>
/// <param name="X">Centre, in pixels from the left.</param>
public sealed record PlacedObject(SceneObject Object, ObjectSize Size, bool HappyFace, int X);

/// <summary>What a picture shows, enough to draw it: pure data, made by <see cref="SceneSampler"/>.</summary>
/// <param name="Setting">The background.</param>
/// <param name="Objects">One to three objects, from left to right.</param>
/// <param name="Variant">Which of the setting's backgrounds, in [0, <see cref="Variants"/>): horizon and mirroring.</param>
/// <param name="GroundLine">Where standing objects stand, in pixels from the top.</param>
/// <param name="Tint">Gain of the background's red, green and blue, about 1.</param>
public sealed record Scene(
    SceneSetting Setting, ImmutableArray<PlacedObject> Objects, int Variant, int GroundLine, (float Red, float Green, float Blue) Tint)
{
    /// <summary>Width and height of a scene's picture in pixels.</summary>
    public const int Side = 128;

    /// <summary>Backgrounds of each setting.</summary>
    public const int Variants = 6;

    /// <summary>Pixels of the longer side of an object of that size among that many objects.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="count">Objects in the scene, 1 to 3.</param>
    public static int PixelsOf(ObjectSize size, int count) => size switch
    {
        ObjectSize.Large => 80,
        ObjectSize.Normal when count < 3 => 56,
        _ => 40,
    };
}
