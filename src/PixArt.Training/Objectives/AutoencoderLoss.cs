using PixArt.Torch;

namespace PixArt.Training.Objectives;

/// <summary>The terms of an autoencoder's loss; scalars that belong to the caller's scope.</summary>
/// <param name="Total">The weighted sum that is minimised.</param>
/// <param name="Absolute">Mean absolute error.</param>
/// <param name="Square">Mean square error; images lie in [-1, 1], so PSNR is 10 log10(4 / Square).</param>
/// <param name="Gradient">Mean absolute error of differences between neighbouring pixels.</param>
/// <param name="Divergence">KL of the posterior to the unit normal, mean over latent elements, in nats.</param>
public sealed record AutoencoderLoss(Tensor Total, Tensor Absolute, Tensor Square, Tensor Gradient, Tensor Divergence);
