using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Features;

namespace PixArt.Training;

/// <summary>What a transformer is told besides latents and timestep.</summary>
/// <param name="Text">Text features [B, L, C].</param>
/// <param name="Mask">[B, L]: 1 for tokens, 0 for padding.</param>
/// <param name="Pictures">Sizes, for models that are told them.</param>
sealed record DenoiserInputs(Tensor Text, Tensor Mask, PictureConditions? Pictures)
{
    /// <summary>A condition that steers through a ControlNet, or null.</summary>
    public ControlSignal? Control { get; init; }

    /// <summary>A model's prediction.</summary>
    /// <param name="model">The model.</param>
    /// <param name="latents">[B, C, h, w].</param>
    /// <param name="timesteps">[B] or [1].</param>
    public Tensor Ask(PixArtTransformer model, Tensor latents, Tensor timesteps) =>
        model.Forward(latents, timesteps, Text, Mask, Pictures?.Resolution, Pictures?.AspectRatio, control: Control);
}
