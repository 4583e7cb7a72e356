namespace PixArt.Training.Objectives;

/// <summary>The half-open range of timesteps [<see cref="Low"/>, <see cref="High"/>) that a model is trained on. Timestep 0
/// is the cleanest, T-1 the noisiest; an expert of an ensemble owns one such interval.</summary>
/// <param name="Low">First timestep that belongs to it; 0 or more.</param>
/// <param name="High">First timestep that no longer belongs to it; above <paramref name="Low"/>.</param>
public sealed record TimestepInterval(int Low, int High)
{
    /// <summary>The whole schedule of 1000 steps.</summary>
    public static TimestepInterval Full { get; } = new(0, 1000);

    /// <summary>Number of timesteps inside.</summary>
    public int Length => High - Low;

    /// <summary>Whether <paramref name="timestep"/> lies inside.</summary>
    public bool Contains(long timestep) => timestep >= Low && timestep < High;

    /// <summary>Refuses an interval that is empty or leaves the schedule.</summary>
    /// <param name="steps">T, the number of timesteps of the schedule.</param>
    /// <returns>This interval.</returns>
    /// <exception cref="InvalidSettingException">It is empty or leaves [0, <paramref name="steps"/>).</exception>
    public TimestepInterval Validated(int steps = 1000) => Low >= 0 && High > Low && High <= steps
        ? this
        : throw new InvalidSettingException("interval", $"[{Low}, {High})", $"0 <= low < high <= {steps}");
}
