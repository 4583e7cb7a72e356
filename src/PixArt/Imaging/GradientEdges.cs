namespace PixArt.Imaging;

/// <summary>Edges where colours change: the simplest edge map, without a trained network.</summary>
public static class GradientEdges
{
    // A step of half the range is a full edge.
    const double Gain = 2;

    /// <summary>The largest slope of any colour at each pixel (Sobel's operator, borders repeated).</summary>
    /// <param name="image">The picture; alpha is laid on white.</param>
    /// <returns>A grey picture of the same size: 0 where nothing changes, 255 on an edge of half the range or more.</returns>
    public static Image Find(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var (width, height, pixels) = (image.Width, image.Height, image.ToRgb().Pixels);
        var edges = new byte[width * height];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var largest = 0.0;
                for (var channel = 0; channel < 3; channel++) largest = Math.Max(largest, Slope(x, y, channel));
                edges[y * width + x] = (byte)Math.Min(255, Math.Round(Gain * Math.Sqrt(largest)));
            }

        return new Image(width, height, 1, edges);

        // Squared length of the gradient; a step from 0 to 255 has length 255.
        double Slope(int x, int y, int channel)
        {
            int At(int dx, int dy) =>
                pixels[(Math.Clamp(y + dy, 0, height - 1) * width + Math.Clamp(x + dx, 0, width - 1)) * 3 + channel];
            double across = At(1, -1) + 2 * At(1, 0) + At(1, 1) - At(-1, -1) - 2 * At(-1, 0) - At(-1, 1);
            double down = At(-1, 1) + 2 * At(0, 1) + At(1, 1) - At(-1, -1) - 2 * At(0, -1) - At(1, -1);
            return (across * across + down * down) / 16;
        }
    }
}
