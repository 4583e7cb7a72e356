using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>Divergence and likelihood of diagonal Gaussians, in nats, element by element.</summary>
public static class Gaussians
{
    /// <summary>KL(N(mean1, exp(logVariance1)) || N(mean2, exp(logVariance2))). Shapes broadcast.</summary>
    public static Tensor Kl(Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2)
    {
        using var scope = TensorScope.Begin();
        var distance = (mean1 - mean2).Square() * (-logVariance2).Exp();
        var sum = logVariance2 - logVariance1 + (logVariance1 - logVariance2).Exp() + distance;
        return scope.Keep((sum - 1.0) * 0.5);
    }

    /// <summary>Log-likelihood of values of [-1, 1] in bins of half-width 1/255 under N(mean, exp(logScale)^2); beyond
    /// ±0.999 the tail is open. The normal distribution function is the tanh approximation.</summary>
    public static Tensor DiscretizedLogLikelihood(Tensor values, Tensor mean, Tensor logScale)
    {
        using var scope = TensorScope.Begin();
        var centred = values - mean;
        var inverse = (-logScale).Exp();
        var upper = Distribution((centred + (1.0 / 255)) * inverse);
        var lower = Distribution((centred - (1.0 / 255)) * inverse);
        var inBin = Log(upper - lower);
        var above = Log(1.0 - lower);
        var below = Log(upper);
        var notBelow = Tensor.Where(values.Gt(0.999), above, inBin);
        return scope.Keep(Tensor.Where(values.Lt(-0.999), below, notBelow));
    }

    static Tensor Distribution(Tensor x) => (((x + (x.Pow(3) * 0.044715)) * Math.Sqrt(2 / Math.PI)).Tanh() + 1.0) * 0.5;

    static Tensor Log(Tensor probability) => probability.Clamp(1e-12, null).Log();
}
