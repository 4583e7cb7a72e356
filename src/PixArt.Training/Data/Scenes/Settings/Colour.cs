using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Scenes.Settings;

/// <summary>An sRGB colour with channels in [0, 1].</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Colour(float R, float G, float B)
{
    /// <summary>From 0xRRGGBB.</summary>
    public static implicit operator Colour(int hex) => new((hex >> 16) / 255f, ((hex >> 8) & 255) / 255f, (hex & 255) / 255f);

    public static Colour Mix(Colour from, Colour to, float share) =>
        new(from.R + (to.R - from.R) * share, from.G + (to.G - from.G) * share, from.B + (to.B - from.B) * share);
}
