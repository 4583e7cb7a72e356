using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>DDIM run towards noise: encodes latents into the noise that deterministic sampling turns back into them.</summary>
sealed class IddpmReverse(SchedulerConfig config, int[] kept) : RespacedSampler(config, kept, rising: true)
{
    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var n = Number(step.Index);
        double alphaCumprod = AlphaCumprod(n), after = AlphaCumprod(n + 1);
        var original = Original(step, alphaCumprod);
        var noise = Prediction.NoiseOf(original, step.Sample, PathPoint.OfAlphaCumprod(alphaCumprod));
        return (WeightedSum.Of((Math.Sqrt(after), original), (Math.Sqrt(1 - after), noise)), original);
    }
}
