using PixArt.Torch;

namespace PixArt.Models;

/// <summary>2-D sine-cosine positions (DiT; PixArt-α's position interpolation), computed for each grid size that comes and kept for
/// the last few. Coordinates span [0, base/scale) whatever the picture's size, base being the nominal side in tokens.</summary>
internal sealed class PositionTables(PixArtTransformerConfig config) : IDisposable
{
    const int Capacity = 4; // a grid of 64 x 64 tokens at width 1152 is 18 MiB
    readonly List<(TokenGrid Grid, Tensor Table)> cache = [];

    /// <summary>[1, N, D]: a handle of the caller's own, so that another thread's new grid may push the table out meanwhile.</summary>
    internal Tensor Get(TokenGrid grid, ScalarType dtype, Device device)
    {
        lock (cache)
        {
            var found = cache.FindIndex(entry => entry.Grid == grid);
            var entry = found >= 0 ? cache[found] : (grid, Make(grid, dtype, device));
            if (found >= 0) cache.RemoveAt(found);
            cache.Add(entry);
            if (cache.Count > Capacity)
            {
                cache[0].Table.Dispose();
                cache.RemoveAt(0);
            }
            return entry.Item2.Detach();
        }
    }

    Tensor Make(TokenGrid grid, ScalarType dtype, Device device)
    {
        var width = config.HiddenSize;
        var values = Values(width, (int)grid.Height, (int)grid.Width, config.SampleSize / config.PatchSize, config.EffectiveInterpolationScale);
        using var scope = TensorScope.Begin();
        return TensorScope.Release(Tensor.FromArray(values, 1, grid.Height * grid.Width, width).To(device, dtype));
    }

    /// <summary>Row-major [height * width, dim]: the first half of a row encodes x, the second y, each as sines then cosines.</summary>
    internal static float[] Values(int dim, int height, int width, int baseSize, double scale)
    {
        var (half, quarter) = (dim / 2, dim / 4);
        var (xs, ys) = (Axis(width, quarter, baseSize, scale), Axis(height, quarter, baseSize, scale));
        var table = new float[height * width * dim];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var row = table.AsSpan((y * width + x) * dim, dim);
                xs.AsSpan(x * half, half).CopyTo(row);
                ys.AsSpan(y * half, half).CopyTo(row[half..]);
            }
        return table;
    }

    // Coordinates in float32, angles in float64, as the published code has them.
    static float[] Axis(int count, int quarter, int baseSize, double scale)
    {
        var axis = new float[count * 2 * quarter];
        for (var i = 0; i < count; i++)
        {
            double position = i / (float)((double)count / baseSize) / (float)scale;
            for (var f = 0; f < quarter; f++)
            {
                var angle = position * (1 / Math.Pow(10_000, f / (double)quarter));
                axis[i * 2 * quarter + f] = (float)Math.Sin(angle);
                axis[i * 2 * quarter + quarter + f] = (float)Math.Cos(angle);
            }
        }
        return axis;
    }

    public void Dispose() => cache.ForEach(entry => entry.Table.Dispose());
}
