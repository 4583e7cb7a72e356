using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>What an objective compares a prediction with. The tensors belong to whoever made them.</summary>
/// <param name="X0">Clean latents [B, C, H, W], fp32, scaled as the denoiser sees them.</param>
/// <param name="Noise">The noise that was mixed in, of the same shape.</param>
/// <param name="Xt">The noisy latents, of the same shape.</param>
/// <param name="Indices">B indices t into the process's tables.</param>
public sealed record NoisyBatch(Tensor X0, Tensor Noise, Tensor Xt, IReadOnlyList<long> Indices);
