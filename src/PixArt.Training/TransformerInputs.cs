using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Features;

namespace PixArt.Training;

/// <summary>Makes of a batch what a transformer is told besides latents and timestep. Tensors belong to the scope that is open.</summary>
/// <param name="parts">The models; they stay their owner's.</param>
/// <param name="trainsText">Whether the text encoder trains along.</param>
sealed class TransformerInputs(TransformerParts parts, bool trainsText)
{
    Device Device => parts.Transformer.Parameters.Device;

    /// <summary>All that a batch tells.</summary>
    public DenoiserInputs Of(LatentBatch batch) => Of(batch.Captions, batch.Conditions) with { Control = Signal(batch.Control) };

    /// <summary>Captions and sizes alone.</summary>
    public DenoiserInputs Of(CaptionBatch captions, PictureConditions? conditions)
    {
        var there = captions.To(Device);
        return new(Encode(there), there.Mask, conditions?.To(Device));
    }

    /// <summary>What steers through the ControlNet, or null.</summary>
    public ControlSignal? Signal(Tensor? condition) => condition is null ? null : parts.Control!.Encode(parts.Transformer, condition.To(Device));

    Tensor Encode(CaptionBatch captions)
    {
        if (captions.Features is { } features) return features;
        if (trainsText) return parts.TextEncoder!.Forward(captions.Ids!, captions.Mask);
        using var off = GradMode.Disable();
        return parts.TextEncoder!.Forward(captions.Ids!, captions.Mask);
    }
}
