using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// The original repositories' DDIM over a respaced process in double precision. Noise is drawn in every step, whatever η.
/// </summary>
sealed class IddpmDdim(SchedulerConfig config, int[] kept, double eta) : RespacedSampler(config, kept, rising: false)
{
    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var n = Number(step.Index);
        double alphaCumprod = AlphaCumprod(n), before = AlphaCumprod(n - 1);
        var original = Original(step, alphaCumprod);
        var noise = Prediction.NoiseOf(original, step.Sample, PathPoint.OfAlphaCumprod(alphaCumprod));
        var deviation = eta * Math.Sqrt((1 - before) / (1 - alphaCumprod) * (1 - (alphaCumprod / before)));
        var previous = WeightedSum.Of(
            (Math.Sqrt(before), original),
            (Math.Sqrt(1 - before - (deviation * deviation)), noise),
            (n == 0 ? 0 : deviation, Draw(step)));
        return (previous, original);
    }
}
