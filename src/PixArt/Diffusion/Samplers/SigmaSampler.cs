using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>A sampler whose latents are x_0 + σ ε, shown to the model at unit variance (Karras et al. 2022).</summary>
abstract class SigmaSampler(SchedulerConfig config, double[] timesteps, double[] sigmas) : Sampler(config, timesteps)
{
    public override IReadOnlyList<double> Sigmas { get; } = sigmas;

    public override double InitNoiseSigma { get; } =
        config.TimestepSpacing == TimestepSpacing.Leading ? Math.Sqrt((sigmas.Max() * sigmas.Max()) + 1) : sigmas.Max();

    public override Tensor ScaleInput(Tensor sample, int index) =>
        Scoped([(1 / Math.Sqrt((InputSigma(index) * InputSigma(index)) + 1), sample)]);

    public override Tensor AddNoise(Tensor original, Tensor noise, int index) =>
        Scoped([(1, original), (Sigmas[index], noise)]);

    /// <summary>The noise level of the latents that the model sees at a step.</summary>
    protected virtual double InputSigma(int index) => Sigmas[index];
}
