using System.Runtime.InteropServices;

namespace PixArt.Diffusion;

/// <summary>A point of the path x = α x_0 + σ ε.</summary>
/// <param name="Alpha">The share of signal.</param>
/// <param name="Sigma">The share of noise.</param>
[StructLayout(LayoutKind.Auto)]
readonly record struct PathPoint(double Alpha, double Sigma)
{
    /// <summary>Half the log-SNR, ln α − ln σ; +∞ without noise.</summary>
    public double Lambda => Math.Log(Alpha) - Math.Log(Sigma);

    /// <summary>σ/α.</summary>
    public double Rho => Sigma / Alpha;

    /// <summary>The point of a noise level: on the variance-preserving path σ/α is given, on the straight one σ itself.</summary>
    public static PathPoint At(double level, bool straight)
    {
        if (straight) return new PathPoint(1 - level, level);
        var alpha = 1 / Math.Sqrt((level * level) + 1);
        return new PathPoint(alpha, level * alpha);
    }

    /// <summary>The point of ᾱ.</summary>
    public static PathPoint OfAlphaCumprod(double alphaCumprod) =>
        new(Math.Sqrt(alphaCumprod), Math.Sqrt(1 - alphaCumprod));
}
