namespace PixArt.Pipelines;

/// <summary>One size of an aspect-ratio table.</summary>
/// <param name="Key">The ratio as the tables spell it, for example <c>0.57</c>: height by width, rounded.</param>
/// <param name="Ratio">The key as a number. Training gives this value to the model, not the exact ratio.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
public sealed record AspectRatioBin(string Key, double Ratio, int Height, int Width);
