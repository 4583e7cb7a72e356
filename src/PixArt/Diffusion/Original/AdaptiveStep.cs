using System.Runtime.InteropServices;

namespace PixArt.Diffusion;

/// <summary>A step that an adaptive solver tries.</summary>
/// <param name="From">Where it begins, in continuous time.</param>
/// <param name="Size">How far it goes in half log-SNR.</param>
/// <param name="Stage">Evaluations that it has already.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct AdaptiveStep(double From, double Size, int Stage);
