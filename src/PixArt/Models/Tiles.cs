using System.Runtime.InteropServices;
using PixArt.Torch;

namespace PixArt.Models;

/// <summary>Computes large maps in overlapping tiles, blended linearly, so that memory no longer grows with the map.</summary>
/// <param name="In">Side of a tile of what is read.</param>
/// <param name="Out">Side of a tile of what is made.</param>
/// <param name="Overlap">Share of a tile's side that overlaps its neighbour, [0, 1).</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Tiles(int In, int Out, double Overlap)
{
    internal bool AreNeeded(Tensor x) => x.Size(2) > In || x.Size(3) > In;

    // x [B, C, h, w]; the function is given a tile, its top and its left in x. Tiles start every (1 - overlap) of a tile; each result is blended into the one above and the one to the left over the overlap,
    // and cut to what the next one does not own. Only two rows of tiles are alive.
    internal Tensor Map(Tensor x, Func<Tensor, long, long, Tensor> function)
    {
        using var scope = TensorScope.Begin();
        var step = Math.Max((int)(In * (1 - Overlap)), 1);
        var blend = (int)(Out * Overlap);
        var kept = Out - blend;
        var strips = new List<Tensor>();
        Tensor[] above = [];
        for (long top = 0; top < x.Size(2); top += step)
        {
            var row = new List<Tensor>();
            for (long left = 0; left < x.Size(3); left += step)
                row.Add(function(x.Slice(2, top, Math.Min(top + In, x.Size(2))).Slice(3, left, Math.Min(left + In, x.Size(3))), top, left));
            for (var j = 0; j < row.Count; j++)
            {
                if (above.Length > 0) row[j] = Blend(above[j], row[j], blend, 2);
                if (j > 0) row[j] = Blend(row[j - 1], row[j], blend, 3);
            }
            strips.Add(Tensor.Cat([.. row.Select(tile => Crop(Crop(tile, kept, 2), kept, 3))], 3));
            foreach (var tile in above) tile.Dispose();
            above = [.. row];
        }
        return scope.Keep(Tensor.Cat([.. strips], 2));
    }

    static Tensor Crop(Tensor tile, long size, int dim) => tile.Slice(dim, 0, Math.Min(size, tile.Size(dim)));

    // The first rows (or columns) of the tile fade in over the last ones of its neighbour.
    static Tensor Blend(Tensor neighbour, Tensor tile, long extent, int dim)
    {
        extent = Math.Min(Math.Min(neighbour.Size(dim), tile.Size(dim)), extent);
        if (extent == 0) return tile;
        using var scope = TensorScope.Begin();
        var ramp = Tensor.FromArray(Enumerable.Range(0, (int)extent).Select(i => (float)((double)i / extent)).ToArray(), extent)
            .To(tile.Device, tile.DType);
        if (dim == 2) ramp = ramp.Unsqueeze(1);
        var faded = neighbour.Narrow(dim, neighbour.Size(dim) - extent, extent) * (1 - ramp) + tile.Narrow(dim, 0, extent) * ramp;
        var blended = Tensor.Cat([faded, tile.Narrow(dim, extent, tile.Size(dim) - extent)], dim);
        scope.Keep(blended);
        tile.Dispose();
        return blended;
    }
}
