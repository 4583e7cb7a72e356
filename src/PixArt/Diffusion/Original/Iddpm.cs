using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// The original repositories' ancestral sampler ("iddpm") over a respaced process in double precision, with a learned
/// variance range (Nichol and Dhariwal 2021). Noise is drawn in every step, in the last one too, where it is not used.
/// </summary>
sealed class Iddpm(SchedulerConfig config, int[] kept) : RespacedSampler(config, kept, rising: false)
{
    public override bool UsesLearnedVariance => true;

    protected override (Tensor Previous, Tensor Original) Advance(StepInput step)
    {
        var n = Number(step.Index);
        double alphaCumprod = AlphaCumprod(n), before = AlphaCumprod(n - 1);
        var beta = 1 - (alphaCumprod / before);
        var original = Original(step, alphaCumprod);
        var mean = WeightedSum.Of(
            (Math.Sqrt(before) * beta / (1 - alphaCumprod), original),
            (Math.Sqrt(1 - beta) * (1 - before) / (1 - alphaCumprod), step.Sample));
        var noise = Draw(step);
        if (n == 0) return (mean, original);
        var variance = step.Variance ?? throw new InvalidSettingException(
            "model", "without a variance", "one with twice the latents' channels, for the iddpm sampler");
        double low = Math.Log(beta * (1 - before) / (1 - alphaCumprod)), high = Math.Log(beta);
        var deviation = (variance * ((high - low) / 4) + ((high + low) / 4)).Exp();
        return (mean.AddcmulInPlace(deviation, noise), original);
    }
}
