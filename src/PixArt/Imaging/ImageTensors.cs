using PixArt.Torch;

namespace PixArt.Imaging;

/// <summary>Pictures as the tensors that autoencoders take and give: [B, 3, H, W], values -1 (dark) to 1 (full).</summary>
public static class ImageTensors
{
    static readonly float[] Scaled = [.. Enumerable.Range(0, 256).Select(v => 2f * (v / 255f) - 1f)];

    /// <summary>
    /// The pictures of a batch, as diffusers' image processor makes them: x/2 + 0.5 in the tensor's own precision,
    /// clamped to [0, 1], times 255 in float32, rounded half to even. What is not a number becomes black.
    /// </summary>
    /// <param name="batch">[B, 3, H, W], any floating type, any device; stays the caller's.</param>
    /// <exception cref="InvalidSettingException">The tensor has another shape.</exception>
    public static Image[] FromTensor(Tensor batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Rank != 4 || batch.Size(1) != 3 || batch.Size(2) < 1 || batch.Size(3) < 1)
            throw new InvalidSettingException("picture tensor", $"[{string.Join(", ", batch.Shape)}]", "[B, 3, H, W]");
        var (height, width) = (checked((int)batch.Size(2)), checked((int)batch.Size(3)));
        var samples = Bytes(batch);
        var size = height * width * 3;
        return [.. samples.Chunk(size).Select(pixels => new Image(width, height, 3, pixels))];
    }

    /// <summary>A picture as a batch of one.</summary>
    /// <param name="image">The picture; alpha is laid on white, grey spread to three channels.</param>
    /// <param name="device">Where the tensor shall live; the CPU when null.</param>
    /// <returns>[1, 3, H, W], float32 in [-1, 1].</returns>
    public static Tensor ToTensor(Image image, Device? device = null) => ToTensor([image], device);

    /// <summary>Pictures of one size as a batch.</summary>
    /// <param name="images">At least one; alpha is laid on white, grey spread to three channels.</param>
    /// <param name="device">Where the tensor shall live; the CPU when null.</param>
    /// <returns>[B, 3, H, W], float32 in [-1, 1].</returns>
    /// <exception cref="InvalidSettingException">There is no picture, or their sizes differ.</exception>
    public static Tensor ToTensor(IReadOnlyList<Image> images, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0) throw new InvalidSettingException("pictures of a batch", 0, "at least 1");
        var (width, height) = (images[0].Width, images[0].Height);
        foreach (var (i, image) in images.Index())
        {
            if (image.Width != width || image.Height != height)
                throw new InvalidSettingException($"picture {i}", $"{image.Width}×{image.Height}", $"{width}×{height} like the first");
        }

        // Straight into the tensor's memory: to touch new memory costs more than to decode a picture does.
        using var scope = TensorScope.Begin();
        var batch = Tensor.Empty([images.Count, 3, height, width]);
        LargePages.Ask(batch.AsSpan<float>());
        for (var i = 0; i < images.Count; i++)
        {
            using var one = batch.Select(0, i);
            Deinterleave(images[i].ToRgb().Pixels, one.AsSpan<float>());
        }

        return scope.Keep(device is { } where ? batch.To(where) : batch);
    }

    /// <summary>
    /// Brings decoded pictures from their aspect-ratio bin to the size asked for, as diffusers does: scaled (bilinear,
    /// corners not aligned) so that they cover it, the excess cut off on both sides.
    /// </summary>
    /// <param name="batch">[B, C, H, W]; stays the caller's.</param>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    /// <returns>[B, C, height, width], a new tensor; a view of the old one where no scaling was needed.</returns>
    /// <exception cref="InvalidSettingException">The tensor has another rank or a size is less than 1.</exception>
    public static Tensor ResizeAndCrop(Tensor batch, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Rank != 4)
            throw new InvalidSettingException("picture tensor", $"[{string.Join(", ", batch.Shape)}]", "[B, C, H, W]");
        if (width < 1) throw new InvalidSettingException(nameof(width), width, "at least 1");
        if (height < 1) throw new InvalidSettingException(nameof(height), height, "at least 1");
        using var scope = TensorScope.Begin();
        var (fromHeight, fromWidth) = (batch.Size(2), batch.Size(3));
        var scaled = batch;
        if (fromHeight != height || fromWidth != width)
        {
            // Truncated like the original; never below the target, which rounding of the ratio could do.
            var ratio = Math.Max((double)height / fromHeight, (double)width / fromWidth);
            long[] cover = [Math.Max(height, (long)(fromHeight * ratio)), Math.Max(width, (long)(fromWidth * ratio))];
            scaled = Functional.InterpolateBilinear(batch, cover);
        }

        var (top, left) = ((scaled.Size(2) - height) / 2, (scaled.Size(3) - width) / 2);
        return scope.Keep(scaled.Narrow(2, top, height).Narrow(3, left, width));
    }

    static byte[] Bytes(Tensor batch)
    {
        using var scope = TensorScope.Begin();
        var unit = (batch.Detach() * 0.5 + 0.5).To(ScalarType.Float32).Clamp(0, 1);
        unit = unit.MaskedFill(unit.Ne(unit), 0);
        return (unit * 255).Round().To(ScalarType.UInt8).Permute(0, 2, 3, 1).ToArray<byte>();
    }

    static void Deinterleave(ReadOnlySpan<byte> pixels, Span<float> planes)
    {
        var plane = planes.Length / 3;
        ReadOnlySpan<float> scaled = Scaled;
        var red = planes[..plane];
        var green = planes.Slice(plane, plane);
        var blue = planes.Slice(2 * plane, plane);
        for (var i = 0; i < red.Length; i++)
        {
            var pixel = pixels.Slice(3 * i, 3);
            red[i] = scaled[pixel[0]];
            green[i] = scaled[pixel[1]];
            blue[i] = scaled[pixel[2]];
        }
    }
}
