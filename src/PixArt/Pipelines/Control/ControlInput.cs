using PixArt.Models;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>A condition that is ready for a ControlNet.</summary>
/// <param name="Model">The ControlNet.</param>
/// <param name="Latents">The condition's latents [1, C, h, w].</param>
/// <param name="Strength">Factor on what is added.</param>
/// <param name="Stays">Whether the ControlNet stays in memory afterwards.</param>
sealed record ControlInput(Component<PixArtControlNet> Model, Tensor Latents, double Strength, bool Stays) : IDisposable
{
    /// <summary>Frees the latents, and the ControlNet unless it stays.</summary>
    public void Dispose()
    {
        Latents.Dispose();
        if (!Stays) Model.Dispose();
    }
}
