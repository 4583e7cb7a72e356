using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>What a model's output says of the clean sample and of the noise at a point of the path.</summary>
static class Prediction
{
    /// <summary>x_0.</summary>
    public static Tensor ToOriginal(PredictionType type, Tensor output, Tensor sample, PathPoint at) => type switch
    {
        PredictionType.Epsilon => WeightedSum.Of((1, sample), (-at.Sigma, output)).MulInPlace(1 / at.Alpha),
        PredictionType.Sample => output.Detach(),
        PredictionType.Velocity => WeightedSum.Of((at.Alpha, sample), (-at.Sigma, output)),
        _ => WeightedSum.Of((1, sample), (-at.Sigma, output)),
    };

    /// <summary>ε.</summary>
    public static Tensor ToNoise(PredictionType type, Tensor output, Tensor sample, PathPoint at) => type switch
    {
        PredictionType.Epsilon => output.Detach(),
        PredictionType.Velocity => WeightedSum.Of((at.Alpha, output), (at.Sigma, sample)),
        _ => NoiseOf(ToOriginal(type, output, sample, at), sample, at),
    };

    /// <summary>The ε that leads from x_0 to the sample.</summary>
    public static Tensor NoiseOf(Tensor original, Tensor sample, PathPoint at) =>
        WeightedSum.Of((1, sample), (-at.Alpha, original)).MulInPlace(1 / at.Sigma);

    /// <summary>x_0 of a sample that is kept as x_0 + σ ε, from a model that saw it scaled to unit variance.</summary>
    public static Tensor ToOriginalUnscaled(PredictionType type, Tensor output, Tensor sample, double sigma)
    {
        var variance = (sigma * sigma) + 1;
        return type switch
        {
            PredictionType.Epsilon => WeightedSum.Of((1, sample), (-sigma, output)),
            PredictionType.Velocity => WeightedSum.Of((-sigma / Math.Sqrt(variance), output), (1 / variance, sample)),
            _ => output.Detach(),
        };
    }

    /// <summary>Dynamic thresholding (Saharia et al. 2022, §2.3) or clipping, as the configuration says.</summary>
    public static Tensor Bounded(SchedulerConfig config, Tensor original, bool clips = true)
    {
        if (!config.Thresholding)
            return clips && config.ClipSample ? original.Clamp(-config.ClipSampleRange, config.ClipSampleRange) : original;
        var bound = original.Flatten(1).Abs().Quantile(config.DynamicThresholdingRatio, 1)
            .Clamp(1, config.SampleMaxValue);
        var shape = new long[original.Rank];
        Array.Fill(shape, 1);
        shape[0] = original.Size(0);
        bound = bound.View(shape);
        return original.Maximum(-bound).Minimum(bound) / bound;
    }
}
