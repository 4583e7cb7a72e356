using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>A sampler of a process of which only some timesteps are kept, in double precision.</summary>
abstract class RespacedSampler : Sampler
{
    readonly double[] _alphasCumprod;
    readonly bool _rising;

    protected RespacedSampler(SchedulerConfig config, int[] kept, bool rising)
        : base(config, [.. (rising ? kept : kept.Reverse()).Select(t => (double)t)])
    {
        var product = 1.0;
        var every = Array.ConvertAll(DoubleBetas.Of(config), beta => product *= 1 - beta);
        _alphasCumprod = Array.ConvertAll(kept, t => every[t]);
        _rising = rising;
    }

    public override Tensor AddNoise(Tensor original, Tensor noise, int index)
    {
        var at = PathPoint.OfAlphaCumprod(AlphaCumprod(Number(index)));
        return Scoped([(at.Alpha, original), (at.Sigma, noise)]);
    }

    /// <summary>The number of a step's timestep among the kept ones, 0 the cleanest.</summary>
    protected int Number(int index) => _rising ? index : Timesteps.Count - 1 - index;

    /// <summary>ᾱ of a kept timestep: 1 before the first, 0 after the last.</summary>
    protected double AlphaCumprod(int number) =>
        number < 0 ? 1 : number < _alphasCumprod.Length ? _alphasCumprod[number] : 0;

    protected Tensor Original(StepInput step, double alphaCumprod) => Prediction.Bounded(
        Config, Prediction.ToOriginal(Config.PredictionType, step.Output, step.Sample, PathPoint.OfAlphaCumprod(alphaCumprod)));
}
