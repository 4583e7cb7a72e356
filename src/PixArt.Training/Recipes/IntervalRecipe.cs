using PixArt.Diffusion;

namespace PixArt.Training.Recipes;

/// <summary>The timesteps [<see cref="Low"/>, <see cref="High"/>) that a transformer is trained on.</summary>
/// <param name="Low">The first one, 0 (the cleanest) or more.</param>
/// <param name="High">The first one above, at most 1000.</param>
public sealed record IntervalRecipe(int Low, int High)
{
    /// <summary>The same as the library's type.</summary>
    internal TimestepInterval Timesteps => new(Low, High);
}
