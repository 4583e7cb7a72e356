using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Scenes;

/// <summary>Where a smiling face fits on an object, in pixels of its 256 px source picture.</summary>
/// <param name="X">Centre between the eyes, from the left.</param>
/// <param name="Y">Height of the eyes, from the top.</param>
/// <param name="EyeDistance">Half the distance between the eyes.</param>
/// <param name="EyeRadius">Half the width of an eye.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FacePlacement(float X, float Y, float EyeDistance, float EyeRadius);
