using PixArt.Torch;
using PixArt.Training.Data;

namespace PixArt.Training.Features;

/// <summary>What models with additional conditions are told of their pictures.</summary>
/// <param name="Resolution">Height and width in pixels of the pictures as they were before cropping, [B, 2].</param>
/// <param name="AspectRatio">Height by width of the bucket, [B, 1].</param>
sealed record PictureConditions(Tensor Resolution, Tensor AspectRatio) : IDisposable
{
    /// <summary>The conditions of some pictures, fp32 on the CPU.</summary>
    public static PictureConditions From(IReadOnlyList<PictureShape> shapes) => new(
        Tensor.FromArray([.. shapes.SelectMany(shape => new float[] { shape.OriginalHeight, shape.OriginalWidth })], shapes.Count, 2),
        Tensor.FromArray([.. shapes.Select(shape => (float)shape.AspectRatio)], shapes.Count, 1));

    /// <summary>The same on a device.</summary>
    public PictureConditions To(Device device) => new(Resolution.To(device), AspectRatio.To(device));

    public void Dispose()
    {
        Resolution.Dispose();
        AspectRatio.Dispose();
    }
}
