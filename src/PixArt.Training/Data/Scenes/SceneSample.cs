using PixArt.Imaging;

namespace PixArt.Training.Data.Scenes;

/// <summary>A captioned scene.</summary>
/// <param name="Image">RGB, <see cref="Scene.Side"/> pixels square.</param>
/// <param name="Caption">A caption that is true of it.</param>
/// <param name="Scene">What was drawn.</param>
public sealed record SceneSample(Image Image, string Caption, Scene Scene);
