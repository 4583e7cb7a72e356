namespace PixArt.Diffusion;

/// <summary>The weights of one SA-Solver step (Xue et al. 2023, equations 14 and 17).</summary>
/// <param name="Sample">Of the latents the step begins from.</param>
/// <param name="Outputs">Of the model outputs, newest first.</param>
/// <param name="Noise">Of the step's draw.</param>
sealed record SaSolverWeights(double Sample, double[] Outputs, double Noise)
{
    /// <param name="s">Where the step begins.</param>
    /// <param name="t">Where it ends.</param>
    /// <param name="nodes">λ of the outputs, newest first.</param>
    /// <param name="tau">The noise scale.</param>
    /// <param name="predictsData">Whether outputs are clean samples rather than noises.</param>
    /// <param name="corrects">Whether the newest output lies at t.</param>
    /// <param name="before">λ of s less that of the point before it.</param>
    /// <param name="isExact">Whether order 2 keeps its exact integrals.</param>
    public static SaSolverWeights Of(
        PathPoint s, PathPoint t, double[] nodes, double tau, bool predictsData, bool corrects, double before,
        bool isExact = false)
    {
        var h = t.Lambda - s.Lambda;
        var rate = predictsData ? 1 + (tau * tau) : -1;
        var integrals = Integrals(nodes, s.Lambda, t.Lambda, rate);
        if (predictsData && nodes.Length == 2 && !isExact)
        {
            // Order 2 replaces the exact second moment by h²/2, as published: fewer errors at few steps.
            var moment = ((h * rate) - 1 + Math.Exp(-rate * h)) / (rate * rate);
            var change = Math.Exp(rate * t.Lambda) * (corrects ? (h / 2) - (moment / h) : ((h * h / 2) - moment) / before);
            integrals[0] += change;
            integrals[1] -= change;
        }

        return predictsData
            ? new SaSolverWeights(
                Math.Exp(-tau * tau * h) * t.Sigma / s.Sigma,
                Array.ConvertAll(integrals, b => rate * t.Sigma * Math.Exp(-tau * tau * t.Lambda) * b),
                t.Sigma * Math.Sqrt(1 - Math.Exp(-2 * tau * tau * h)))
            : new SaSolverWeights(
                t.Alpha / s.Alpha,
                Array.ConvertAll(integrals, b => -(1 + (tau * tau)) * t.Alpha * b),
                tau * t.Sigma * Math.Sqrt(Math.Exp(2 * h) - 1));
    }

    // ∫ e^{rate λ} L_i(λ) dλ over the step, for the Lagrange basis of the nodes.
    static double[] Integrals(double[] nodes, double from, double to, double rate)
    {
        var moments = Moments(nodes.Length, from, to, rate);
        return [.. nodes.Select((_, own) => LagrangeBasis(nodes, own).Zip(moments, (c, m) => c * m).Sum())];
    }

    // ∫ λ^k e^{rate λ} dλ, by parts.
    static double[] Moments(int count, double from, double to, double rate)
    {
        var moments = new double[count];
        for (var k = 0; k < count; k++)
        {
            var ends = (Math.Pow(to, k) * Math.Exp(rate * to)) - (Math.Pow(from, k) * Math.Exp(rate * from));
            moments[k] = (ends - (k > 0 ? k * moments[k - 1] : 0)) / rate;
        }

        return moments;
    }

    // Coefficients, constant first, of the polynomial that is 1 at its own node and 0 at the others.
    static double[] LagrangeBasis(double[] nodes, int own)
    {
        double[] basis = [1];
        for (var i = 0; i < nodes.Length; i++)
        {
            if (i == own) continue;
            var next = new double[basis.Length + 1];
            for (var k = 0; k < basis.Length; k++)
            {
                next[k] -= basis[k] * nodes[i] / (nodes[own] - nodes[i]);
                next[k + 1] += basis[k] / (nodes[own] - nodes[i]);
            }

            basis = next;
        }

        return basis;
    }
}
