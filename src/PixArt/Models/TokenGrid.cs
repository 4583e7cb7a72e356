using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Models;

/// <summary>The token grid of one forward pass: rows and columns of patches.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TokenGrid(long Height, long Width)
{
    internal static string Text(Tensor tensor) => $"[{string.Join(", ", tensor.Shape)}]";
}
