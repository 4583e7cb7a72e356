namespace PixArt.Diffusion;

/// <summary>The weights of a single-step block's outputs, newest first; the block's first output is the oldest.</summary>
static class SinglestepTerms
{
    /// <param name="order">1 to 3: how many outputs the block has by now.</param>
    /// <param name="weights">The integrals from the block's beginning.</param>
    /// <param name="exact">Whether slopes are integrated exactly rather than by the midpoint rule.</param>
    /// <param name="lambda">Half log-SNR of an output by its age, 0 the newest.</param>
    public static double[] Of(int order, DpmSolverWeights weights, bool exact, Func<int, double> lambda)
    {
        var d0 = weights.D0;
        if (order == 1) return [d0];
        var from = lambda(order - 1);
        var r0 = (lambda(0) - from) / weights.H;
        if (order == 2)
        {
            var slope = (exact ? weights.D1Exact : weights.D1Midpoint) / r0;
            return [slope, d0 - slope];
        }

        if (!exact)
        {
            var slope = weights.D1Exact / r0;
            return [slope, 0, d0 - slope];
        }

        // D1 = (r0 d - r1 e)/(r0 - r1), D2 = 2 (e - d)/(r0 - r1), of the slopes d = (m1 - m2)/r1 and e = (m0 - m2)/r0.
        var r1 = (lambda(1) - from) / weights.H;
        var d = ((r0 * weights.D1Exact) - (2 * weights.D2)) / (r0 - r1) / r1;
        var e = ((2 * weights.D2) - (r1 * weights.D1Exact)) / (r0 - r1) / r0;
        return [e, d, d0 - d - e];
    }
}
