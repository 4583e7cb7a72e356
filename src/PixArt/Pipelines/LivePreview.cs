using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>What a run looks like so far: the clean latents that a step predicts, as coarse pictures.</summary>
static class LivePreview
{
    /// <summary>Pictures of the size asked for, one for each of a batch.</summary>
    /// <param name="predicted">Predicted clean latents [B, C, h, w].</param>
    /// <param name="decode">From latents to coarse pictures [B, 3, H, W] of any size.</param>
    /// <param name="plan">What is made.</param>
    public static IReadOnlyList<Image> Of(Tensor predicted, Func<Tensor, Tensor> decode, GenerationPlan plan)
    {
        using var scope = TensorScope.Begin();
        var (height, width) = plan.SampledSize;
        return ImageTensors.FromTensor(plan.ToRequestedSize(Functional.InterpolateBilinear(decode(predicted).To(ScalarType.Float32), [height, width])));
    }
}
