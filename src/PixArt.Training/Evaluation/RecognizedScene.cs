using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>What the recogniser saw in a picture.</summary>
/// <param name="Setting">The likeliest setting.</param>
/// <param name="Left">What stands in the left third, or null.</param>
/// <param name="Centre">What stands in the middle, or null.</param>
/// <param name="Right">What stands in the right third, or null.</param>
public sealed record RecognizedScene(SceneSetting Setting, RecognizedObject? Left, RecognizedObject? Centre, RecognizedObject? Right)
{
    /// <summary>The objects from left to right.</summary>
    public IReadOnlyList<RecognizedObject> Row { get; } = [.. new[] { Left, Centre, Right }.OfType<RecognizedObject>()];

    /// <summary>The kinds of objects from left to right.</summary>
    public IReadOnlyList<SceneObject> Objects => [.. Row.Select(seen => seen.Object)];
}
