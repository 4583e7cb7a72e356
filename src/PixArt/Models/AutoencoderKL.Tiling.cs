using PixArt.Torch;

namespace PixArt.Models;

public sealed partial class AutoencoderKL
{
    /// <summary>Encodes and decodes large images in overlapping tiles, blended linearly: memory no longer grows with the picture. The
    /// result differs slightly from the whole one, because normalisation and attention then see a tile only.</summary>
    public bool Tiling { get; set; }

    /// <summary>Side of a tile in image pixels; images up to it are not tiled.</summary>
    public int TileSampleSize { get; set; }

    /// <summary>Side of a tile in latent pixels; latents up to it are not tiled.</summary>
    public int TileLatentSize { get; set; }

    /// <summary>Share of a tile's side that overlaps its neighbour, [0, 1).</summary>
    public double TileOverlap { get; set; } = 0.25;

    bool UsesTiles(Tensor x, int tile) => Tiling && (x.Size(2) > tile || x.Size(3) > tile);

    Tensor EncodeTiled(Tensor images) => Tiled(images, TileSampleSize, TileLatentSize, EncodeWhole);

    Tensor DecodeTiled(Tensor latents) => Tiled(latents, TileLatentSize, TileSampleSize, DecodeWhole);

    // Tiles start every (1 - overlap) of a tile; each result is blended into the one above and the one to the left over the overlap,
    // and cut to what the next one does not own. Only two rows of tiles are alive.
    Tensor Tiled(Tensor x, int tileIn, int tileOut, Func<Tensor, Tensor> function)
    {
        using var scope = TensorScope.Begin();
        var step = Math.Max((int)(tileIn * (1 - TileOverlap)), 1);
        var blend = (int)(tileOut * TileOverlap);
        var kept = tileOut - blend;
        var strips = new List<Tensor>();
        Tensor[] above = [];
        for (long top = 0; top < x.Size(2); top += step)
        {
            var row = new List<Tensor>();
            for (long left = 0; left < x.Size(3); left += step)
                row.Add(function(x.Slice(2, top, Math.Min(top + tileIn, x.Size(2))).Slice(3, left, Math.Min(left + tileIn, x.Size(3)))));
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
