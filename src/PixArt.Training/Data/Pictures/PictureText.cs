using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Pictures;

/// <summary>The captions of a picture.</summary>
/// <param name="Short">The usual one; null when there is none.</param>
/// <param name="Long">A long one; null when there is none.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct PictureText(string? Short, string? Long = null);
