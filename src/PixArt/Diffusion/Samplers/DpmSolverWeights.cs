namespace PixArt.Diffusion;

/// <summary>
/// The exact integrals of one DPM-Solver step from s to t, for a prediction expanded as D0 + D1 u + D2 u²/2 over the step
/// (Lu et al. 2022, DPM-Solver §3.2 and DPM-Solver++ §4; the stochastic ones by the same derivation with h doubled).
/// </summary>
/// <param name="algorithm">One of the four of <c>algorithm_type</c>.</param>
/// <param name="s">Where the step begins.</param>
/// <param name="t">Where it ends.</param>
readonly struct DpmSolverWeights(string algorithm, PathPoint s, PathPoint t)
{
    readonly double _h = t.Lambda - s.Lambda;

    /// <summary>The step in half log-SNR.</summary>
    public double H => _h;

    /// <summary>Of the sample the step begins from.</summary>
    public double Sample => algorithm switch
    {
        "dpmsolver++" => t.Sigma / s.Sigma,
        "sde-dpmsolver++" => t.Sigma / s.Sigma * Math.Exp(-_h),
        _ => t.Alpha / s.Alpha,
    };

    /// <summary>Of D0.</summary>
    public double D0 => algorithm switch
    {
        "dpmsolver++" => -t.Alpha * Phi,
        "sde-dpmsolver++" => -t.Alpha * Phi,
        "dpmsolver" => -t.Sigma * Phi,
        _ => -2 * t.Sigma * Phi,
    };

    /// <summary>Of D1 by the midpoint rule.</summary>
    public double D1Midpoint => 0.5 * D0;

    /// <summary>Of D1 by the exact integral.</summary>
    public double D1Exact => algorithm switch
    {
        "dpmsolver++" => t.Alpha * ((Phi / _h) + 1),
        "sde-dpmsolver++" => t.Alpha * ((Phi / (2 * _h)) + 1),
        "dpmsolver" => -t.Sigma * ((Phi / _h) - 1),
        _ => -2 * t.Sigma * ((Phi / _h) - 1),
    };

    /// <summary>Of D2 by the exact integral.</summary>
    public double D2 => algorithm switch
    {
        "dpmsolver++" => -t.Alpha * (((Phi + _h) / (_h * _h)) - 0.5),
        // The integral would subtract the half; every published run adds it.
        "sde-dpmsolver++" => -t.Alpha * (((Phi + (2 * _h)) / (4 * _h * _h)) + 0.5),
        _ => -t.Sigma * (((Phi - _h) / (_h * _h)) - 0.5),
    };

    /// <summary>Of fresh noise.</summary>
    public double Noise => algorithm switch
    {
        "sde-dpmsolver++" => t.Sigma * Math.Sqrt(-Phi),
        "sde-dpmsolver" => t.Sigma * Math.Sqrt(Math.Exp(2 * _h) - 1),
        _ => 0,
    };

    // e^{-h} - 1, e^{-2h} - 1 or e^{h} - 1: what the integral of the exponential weight leaves.
    double Phi => algorithm switch
    {
        "dpmsolver++" => Math.Exp(-_h) - 1,
        "sde-dpmsolver++" => Math.Exp(-2 * _h) - 1,
        _ => Math.Exp(_h) - 1,
    };
}
