using System.Runtime.InteropServices;

namespace PixArt.Diffusion;

/// <summary>How far a run is.</summary>
/// <param name="Done">Steps taken.</param>
/// <param name="Total">Steps that this run takes.</param>
/// <param name="Timestep">The timestep that was asked last.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SamplingProgress(int Done, int Total, double Timestep);
