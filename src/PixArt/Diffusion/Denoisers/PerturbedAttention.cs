namespace PixArt.Diffusion;

/// <summary>The perturbed model that <see cref="ClassifierFreeGuidance"/> steers away from, and how strongly.</summary>
/// <param name="Denoiser">The positive conditioning, with some self-attention layers perturbed.</param>
/// <param name="Options">The strength.</param>
public sealed record PerturbedAttention(IDenoiser Denoiser, PerturbedAttentionOptions Options);
