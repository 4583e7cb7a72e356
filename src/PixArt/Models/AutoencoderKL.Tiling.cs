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

    Tensor EncodeTiled(Tensor images) => new Tiles(TileSampleSize, TileLatentSize, TileOverlap).Map(images, (tile, _, _) => EncodeWhole(tile));

    Tensor DecodeTiled(Tensor latents) => new Tiles(TileLatentSize, TileSampleSize, TileOverlap).Map(latents, (tile, _, _) => DecodeWhole(tile));
}
