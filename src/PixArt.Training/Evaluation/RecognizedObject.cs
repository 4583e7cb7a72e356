using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>An object that the recogniser saw.</summary>
/// <param name="Object">What it is.</param>
/// <param name="HappyFace">Whether it smiles.</param>
/// <param name="Confidence">Its probability, 0 to 1.</param>
public sealed record RecognizedObject(SceneObject Object, bool HappyFace, double Confidence);
