using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>A condition that is ready for a ControlNet.</summary>
/// <param name="Model">The ControlNet.</param>
/// <param name="Latents">The condition's latents [1 or B, C, h, w]; they stay the caller's.</param>
/// <param name="Strength">Factor on what is added.</param>
sealed record ControlInput(Component<PixArtControlNet> Model, Tensor Latents, double Strength);
