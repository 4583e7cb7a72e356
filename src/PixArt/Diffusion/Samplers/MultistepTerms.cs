namespace PixArt.Diffusion;

/// <summary>The weights of a multistep step's newest outputs, from divided differences over their points.</summary>
static class MultistepTerms
{
    /// <param name="order">1 to 3.</param>
    /// <param name="weights">The step's integrals.</param>
    /// <param name="exact">Whether order 2 integrates its slope exactly rather than by the midpoint rule.</param>
    /// <param name="lambda">Half log-SNR of an output by its age, 0 the newest.</param>
    public static double[] Of(int order, DpmSolverWeights weights, bool exact, Func<int, double> lambda)
    {
        var d0 = weights.D0;
        if (order == 1) return [d0];
        var r0 = (lambda(0) - lambda(1)) / weights.H;
        if (order == 2)
        {
            var slope = (exact ? weights.D1Exact : weights.D1Midpoint) / r0;
            return [d0 + slope, -slope];
        }

        // D1 = d + r0/(r0 + r1) (d - e), D2 = (d - e)/(r0 + r1), of the slopes d = (m0 - m1)/r0 and e = (m1 - m2)/r1.
        var r1 = (lambda(1) - lambda(2)) / weights.H;
        var bend = ((r0 * weights.D1Exact) + weights.D2) / (r0 + r1);
        var first = (weights.D1Exact + bend) / r0;
        var second = -bend / r1;
        return [d0 + first, second - first, -second];
    }
}
