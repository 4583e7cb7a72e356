namespace PixArt.Training.Objectives;

/// <summary>Where the variance of a reverse step comes from.</summary>
public enum ReverseVariance
{
    /// <summary>There is none: only the mean is trained.</summary>
    None,

    /// <summary>beta_t, with the posterior's variance of t = 1 at t = 0.</summary>
    FixedLarge,

    /// <summary>The posterior's variance.</summary>
    FixedSmall,

    /// <summary>The model's second half of channels interpolates between the two, in the logarithm.</summary>
    LearnedRange,
}
