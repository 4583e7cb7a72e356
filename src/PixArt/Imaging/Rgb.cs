using System.Runtime.InteropServices;

namespace PixArt.Imaging;

/// <summary>An opaque sRGB colour, 0 to 255 a component.</summary>
/// <param name="R">Red.</param>
/// <param name="G">Green.</param>
/// <param name="B">Blue.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>White, the usual paper under a transparent picture.</summary>
    public static Rgb White => new(255, 255, 255);

    /// <summary>Black.</summary>
    public static Rgb Black => default;
}
