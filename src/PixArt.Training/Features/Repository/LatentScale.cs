namespace PixArt.Training.Features.Repository;

/// <summary>From an autoencoder's stored latents to those that a denoiser sees.</summary>
/// <param name="Factor">What they are multiplied with.</param>
/// <param name="Shift">What is subtracted before.</param>
/// <param name="Downsampling">Pixels along one side of a latent pixel.</param>
/// <param name="SamplePosterior">Whether noise of the stored deviation is added.</param>
sealed record LatentScale(double Factor, double Shift, int Downsampling, bool SamplePosterior);
