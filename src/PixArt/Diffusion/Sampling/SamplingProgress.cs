using System.Runtime.InteropServices;

namespace PixArt.Diffusion;

/// <summary>How far a run is.</summary>
/// <param name="Done">Steps taken; hundredths of the way where the sampler chooses its steps (<see cref="Samplers.ChoosesSteps"/>).</param>
/// <param name="Total">Steps that this run takes; 100 there.</param>
/// <param name="Timestep">The timestep that was asked last.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SamplingProgress(int Done, int Total, double Timestep);
