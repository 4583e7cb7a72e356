using System.Runtime.InteropServices;

namespace PixArt.Training.Data.Pictures;

/// <summary>A picture that can be used.</summary>
/// <param name="Set">Number of its set.</param>
/// <param name="Index">Its number there.</param>
/// <param name="Shape">Its size in training, and its own.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct CountedPicture(int Set, int Index, PictureShape Shape);
