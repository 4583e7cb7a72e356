using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>A sampler that reads ᾱ of the training timesteps: DDPM, DDIM, LCM, TCD, PNDM.</summary>
abstract class AlphaSampler(SchedulerConfig config, NoiseSchedule schedule, double[] timesteps)
    : Sampler(config, timesteps)
{
    protected NoiseSchedule Schedule { get; } = schedule;

    public override Tensor AddNoise(Tensor original, Tensor noise, int index) =>
        Schedule.AddNoise(original, noise, [(long)Timesteps[index]]);

    /// <summary>ᾱ of a timestep; before the first one, 1 or ᾱ_0 as the configuration says.</summary>
    protected double AlphaCumprod(double timestep) => timestep >= 0 ? Schedule.AlphasCumprod[(int)timestep]
        : Config.SetAlphaToOne ? 1
        : Schedule.AlphasCumprod[0];

    protected PathPoint Point(double timestep) => PathPoint.OfAlphaCumprod(AlphaCumprod(timestep));
}
