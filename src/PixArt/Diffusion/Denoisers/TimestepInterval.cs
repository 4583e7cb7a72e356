using System.Runtime.InteropServices;

namespace PixArt.Diffusion;

/// <summary>The timesteps [Low, High): whole borders, each of which belongs to the interval above it.</summary>
/// <param name="Low">The first timestep in it.</param>
/// <param name="High">The first timestep above it.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TimestepInterval(int Low, int High)
{
    /// <summary>How many whole timesteps it has.</summary>
    public int Count => High - Low;

    /// <summary>Whether a timestep, whole or fractional, is in it.</summary>
    public bool Contains(double timestep) => timestep >= Low && timestep < High;

    /// <summary>Such as <c>[400, 1000)</c>.</summary>
    public override string ToString() => $"[{Low}, {High})";
}
