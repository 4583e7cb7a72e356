using System.Globalization;

namespace PixArt.Pipelines;

/// <summary>
/// The picture sizes that a multi-scale PixArt was trained on, by aspect ratio: a model asked for another size makes the
/// nearest of these, and the picture is resized and cropped after. The tables are those of diffusers' pipelines.
/// </summary>
public sealed class AspectRatioBins
{
    // height/width as the table names it, height, width, at 1024² pixels. Those marked * only the 2048 table has.
    const string At1024 = """
        0.25:512x2048 0.26*512x1984 0.27*512x1920 0.28:512x1856 0.32:576x1792 0.33:576x1728 0.35:576x1664 0.4:640x1600
        0.42:640x1536 0.48:704x1472 0.5:704x1408 0.52:704x1344 0.57:768x1344 0.6:768x1280 0.68:832x1216 0.72:832x1152
        0.78:896x1152 0.82:896x1088 0.88:960x1088 0.94:960x1024 1.0:1024x1024 1.07:1024x960 1.13:1088x960 1.21:1088x896
        1.29:1152x896 1.38:1152x832 1.46:1216x832 1.67:1280x768 1.75:1344x768 2.0:1408x704 2.09:1472x704 2.4:1536x640
        2.5:1600x640 2.89*1664x576 3.0:1728x576 3.11*1792x576 3.62*1856x512 3.75*1920x512 3.88*1984x512 4.0:2048x512
        """;

    readonly (double Ratio, int Height, int Width)[] _bins;

    AspectRatioBins(int side)
    {
        Side = side;
        _bins = [.. At1024.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .Where(entry => side == 2048 || !entry.Contains('*', StringComparison.Ordinal))
            .Select(entry => Parse(entry, side))];
    }

    /// <summary>The side in pixels of the table's square: 256, 512, 1024 or 2048.</summary>
    public int Side { get; }

    /// <summary>Heights and widths in pixels, from the widest to the tallest.</summary>
    public IEnumerable<(int Height, int Width)> Sizes => _bins.Select(bin => (bin.Height, bin.Width));

    /// <summary>The table of a model by the side of its latents (<c>sample_size</c> of its config); null when there is none.</summary>
    /// <param name="sampleSize">Latent pixels: 32, 64, 128 or 256.</param>
    public static AspectRatioBins? ForSampleSize(int sampleSize) =>
        sampleSize is 32 or 64 or 128 or 256 ? new AspectRatioBins(sampleSize * 8) : null;

    /// <summary>The size whose height/width is nearest; of two equally near, the wider.</summary>
    /// <param name="height">Pixels wanted, at least 1.</param>
    /// <param name="width">Pixels wanted, at least 1.</param>
    public (int Height, int Width) Closest(int height, int width)
    {
        var wanted = (double)height / width;
        var (_, binHeight, binWidth) = _bins.MinBy(bin => Math.Abs(bin.Ratio - wanted));
        return (binHeight, binWidth);
    }

    static (double, int, int) Parse(string entry, int side)
    {
        var parts = entry.Split(':', '*', 'x');
        return (double.Parse(parts[0], CultureInfo.InvariantCulture), Scale(parts[1]), Scale(parts[2]));

        int Scale(string pixels) => int.Parse(pixels, CultureInfo.InvariantCulture) * side / 1024;
    }
}
