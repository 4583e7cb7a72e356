using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Training.Data;

/// <summary>Pixels to tensors and back.</summary>
static class PixelTensors
{
    /// <summary>A batch [B, 3, side, side] in [-1, 1] of windows of equally large RGB images.</summary>
    /// <param name="windows">Each image with the left and upper border of its window.</param>
    /// <param name="width">Width of the windows.</param>
    /// <param name="height">Height of the windows.</param>
    public static Tensor FromWindows(IReadOnlyList<(Image Image, int X, int Y)> windows, int width, int height)
    {
        var batch = Tensor.Empty([windows.Count, 3, height, width]);
        var all = batch.AsSpan<float>();
        for (var i = 0; i < windows.Count; i++)
            Fill(windows[i], width, height, all.Slice(i * 3 * width * height, 3 * width * height));
        return batch;
    }

    /// <summary>Whole images of one size, [B, 3, H, W] in [-1, 1].</summary>
    public static Tensor FromImages(IReadOnlyList<Image> images) =>
        FromWindows([.. images.Select(image => (image, 0, 0))], images[0].Width, images[0].Height);

    /// <summary>Images of a batch [B, 3, H, W]; values are clamped to [-1, 1].</summary>
    public static Image[] ToImages(Tensor batch)
    {
        using var scope = TensorScope.Begin();
        var (count, height, width) = ((int)batch.Size(0), (int)batch.Size(2), (int)batch.Size(3));
        var values = batch.Detach().To(ScalarType.Float32).ToArray<float>();
        return [.. Enumerable.Range(0, count).Select(i =>
            new Image(width, height, 3, Interleave(values.AsSpan(i * 3 * width * height, 3 * width * height))))];
    }

    static void Fill((Image Image, int X, int Y) window, int width, int height, Span<float> planes)
    {
        var (image, left, top) = window;
        var plane = width * height;
        for (var y = 0; y < height; y++)
        {
            var row = image.Pixels.AsSpan((((top + y) * image.Width) + left) * image.Channels, width * image.Channels);
            for (var x = 0; x < width; x++)
                for (var channel = 0; channel < 3; channel++)
                    planes[(channel * plane) + (y * width) + x] = (row[(x * image.Channels) + channel] / 127.5f) - 1;
        }
    }

    static byte[] Interleave(ReadOnlySpan<float> planes)
    {
        var plane = planes.Length / 3;
        var pixels = new byte[planes.Length];
        for (var i = 0; i < plane; i++)
            for (var channel = 0; channel < 3; channel++)
                pixels[(i * 3) + channel] = (byte)Math.Clamp(MathF.Round((planes[(channel * plane) + i] + 1) * 127.5f), 0, 255);
        return pixels;
    }
}
