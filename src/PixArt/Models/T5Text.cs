using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Models;

/// <summary>A run of tokens that attend to one another and to no others.</summary>
/// <param name="Length">Number of tokens L.</param>
/// <param name="Bias">Added to their scores [1 or B, heads, L, L].</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct T5Text(long Length, Tensor Bias);
