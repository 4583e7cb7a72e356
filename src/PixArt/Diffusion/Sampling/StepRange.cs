using System.Runtime.InteropServices;

namespace PixArt.Diffusion;

/// <summary>A part [Start, End) of a sampler's steps.</summary>
/// <param name="Start">The first step taken.</param>
/// <param name="End">The first step not taken any more.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StepRange(int Start, int End)
{
    /// <summary>How many steps.</summary>
    public int Count => End - Start;

    /// <summary>All steps of a sampler.</summary>
    public static StepRange All(ISampler sampler) => new(0, sampler.Timesteps.Count);

    /// <summary>
    /// The steps of image-to-image (SDEdit): the last share of them, over an image that is noised to the first one's level.
    /// </summary>
    /// <param name="sampler">The sampler.</param>
    /// <param name="strength">The share in [0, 1]; 1 takes every step.</param>
    /// <exception cref="InvalidSettingException">The strength is out of its range, or leaves no step.</exception>
    public static StepRange ForStrength(ISampler sampler, double strength)
    {
        if (!(strength is >= 0 and <= 1)) throw new InvalidSettingException("strength", strength, "a number in [0, 1]");
        // A pair of evaluations counts as one step, and the last one stands alone.
        var total = sampler.Timesteps.Count;
        var steps = (total + sampler.Order - 1) / sampler.Order;
        var kept = Math.Min((int)(steps * strength), steps);
        if (kept == 0) throw new InvalidSettingException("strength", strength, $"{1.0 / steps:g3} or more, at {steps} steps");
        return new StepRange((steps - kept) * sampler.Order, total);
    }
}
