using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>
/// Answers what a sampler asks: a model with its conditioning (text, size, mask) already bound. A single transformer is one;
/// guidance, an ensemble of experts and control networks are others around it.
/// </summary>
public interface IDenoiser
{
    /// <summary>Predicts at one timestep.</summary>
    /// <param name="latents">Noisy latents as <see cref="ISampler.ScaleInput"/> shows them, [B, C, H, W].</param>
    /// <param name="timestep">The timestep in [0, T], fractional with continuous samplers.</param>
    /// <param name="cancellation">Checked between the layers of a long evaluation.</param>
    /// <returns>[B, C, H, W], or [B, 2C, H, W] where the model also predicts a variance; the caller's to dispose.</returns>
    Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default);
}
