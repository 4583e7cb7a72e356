using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>What one step gives; both tensors are the caller's to dispose.</summary>
/// <param name="Previous">The latents at the next, cleaner noise level, [B, C, H, W].</param>
/// <param name="PredictedOriginal">The clean latents as this step predicts them, [B, C, H, W].</param>
public readonly record struct SamplerStep(Tensor Previous, Tensor PredictedOriginal);
