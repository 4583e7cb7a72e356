using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>A run just after a step. The tensors are the loop's: clone what is to be kept.</summary>
/// <param name="Index">The step that was taken, by its number in the sampler's list.</param>
/// <param name="Timestep">Its timestep.</param>
/// <param name="NextTimestep">The timestep of the next step; null after the sampler's last one.</param>
/// <param name="Latents">What the run goes on with or ends with, [B, C, H, W]: the latents after it, or the prediction where that is the result.</param>
/// <param name="PredictedOriginal">The clean latents it predicts, for previews.</param>
public sealed record SamplingMoment(
    int Index, double Timestep, double? NextTimestep, Tensor Latents, Tensor PredictedOriginal);

/// <summary>Looks at a run after each step and may change it, as inpainting does.</summary>
/// <param name="moment">The run.</param>
/// <returns>Latents to go on with, which the loop then owns, or null to leave them.</returns>
public delegate Tensor? SamplingCallback(SamplingMoment moment);
