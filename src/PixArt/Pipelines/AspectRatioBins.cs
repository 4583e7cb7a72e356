using System.Collections.Frozen;
using System.Globalization;

namespace PixArt.Pipelines;

/// <summary>
/// The picture sizes that a multi-scale PixArt was trained on, by aspect ratio: a model asked for another size makes the
/// nearest of these, and the picture is resized and cropped after. Training sorts pictures into the full tables; the
/// pipelines use those of diffusers, which leave seven sizes out except at 2048.
/// </summary>
public sealed class AspectRatioBins
{
    // height/width as the table names it, height, width, at 1024² pixels. Those marked * the pipelines use only at 2048.
    // The tables of 256, 512 and 2048 are this one scaled.
    const string At1024 = """
        0.25:512x2048 0.26*512x1984 0.27*512x1920 0.28:512x1856 0.32:576x1792 0.33:576x1728 0.35:576x1664 0.4:640x1600
        0.42:640x1536 0.48:704x1472 0.5:704x1408 0.52:704x1344 0.57:768x1344 0.6:768x1280 0.68:832x1216 0.72:832x1152
        0.78:896x1152 0.82:896x1088 0.88:960x1088 0.94:960x1024 1.0:1024x1024 1.07:1024x960 1.13:1088x960 1.21:1088x896
        1.29:1152x896 1.38:1152x832 1.46:1216x832 1.67:1280x768 1.75:1344x768 2.0:1408x704 2.09:1472x704 2.4:1536x640
        2.5:1600x640 2.89*1664x576 3.0:1728x576 3.11*1792x576 3.62*1856x512 3.75*1920x512 3.88*1984x512 4.0:2048x512
        """;

    // 2880 has its own ratios and sizes.
    const string At2880 = """
        0.25:1408x5760 0.26:1408x5568 0.27:1408x5376 0.28:1408x5184 0.32:1600x4992 0.33:1600x4800 0.34:1600x4672
        0.4:1792x4480 0.42:1792x4288 0.47:1920x4096 0.49:1920x3904 0.51:1920x3776 0.55:2112x3840 0.59:2112x3584
        0.68:2304x3392 0.72:2304x3200 0.78:2496x3200 0.83:2496x3008 0.89:2688x3008 0.93:2688x2880 1.0:2880x2880
        1.07:2880x2688 1.12:3008x2688 1.21:3008x2496 1.28:3200x2496 1.39:3200x2304 1.47:3392x2304 1.7:3584x2112
        1.82:3840x2112 2.03:3904x1920 2.13:4096x1920 2.39:4288x1792 2.5:4480x1792 2.92:4672x1600 3.0:4800x1600
        3.12:4992x1600 3.68:5184x1408 3.82:5376x1408 3.95:5568x1408 4.0:5760x1408
        """;

    static readonly FrozenDictionary<int, AspectRatioBins> s_full = new[] { 256, 512, 1024, 2048, 2880 }
        .ToFrozenDictionary(side => side, side => new AspectRatioBins(side, Entries(side)));

    static readonly FrozenDictionary<int, AspectRatioBins> s_pipeline = new[] { 256, 512, 1024, 2048 }.ToFrozenDictionary(
        side => side,
        side => new AspectRatioBins(
            side, Entries(side).Where(entry => side == 2048 || !entry.Contains('*', StringComparison.Ordinal))));

    AspectRatioBins(int side, IEnumerable<string> entries)
    {
        Side = side;
        Bins = [.. entries.Select(entry => Parse(entry, side))];
    }

    /// <summary>The side in pixels of the table's square: 256, 512, 1024, 2048 or 2880.</summary>
    public int Side { get; }

    /// <summary>The table, from the widest to the tallest.</summary>
    public IReadOnlyList<AspectRatioBin> Bins { get; }

    /// <summary>Heights and widths in pixels, from the widest to the tallest.</summary>
    public IEnumerable<(int Height, int Width)> Sizes => Bins.Select(bin => (bin.Height, bin.Width));

    /// <summary>The table of a model by the side of its latents (<c>sample_size</c> of its config); null when there is none.</summary>
    /// <param name="sampleSize">Latent pixels: 32, 64, 128 or 256.</param>
    public static AspectRatioBins? ForSampleSize(int sampleSize) =>
        sampleSize is 32 or 64 or 128 or 256 ? s_pipeline[sampleSize * 8] : null;

    /// <summary>The full table that pictures are sorted into for training: 40 sizes.</summary>
    /// <param name="side">256, 512, 1024, 2048 or 2880 pixels.</param>
    /// <exception cref="InvalidSettingException">There is no such table.</exception>
    public static AspectRatioBins ForTraining(int side) => s_full.TryGetValue(side, out var bins)
        ? bins
        : throw new InvalidSettingException("base size", side, "256, 512, 1024, 2048 or 2880");

    /// <summary>The size whose height/width is nearest; of two equally near, the wider.</summary>
    /// <param name="height">Pixels wanted, at least 1.</param>
    /// <param name="width">Pixels wanted, at least 1.</param>
    public (int Height, int Width) Closest(int height, int width)
    {
        var bin = Closest((double)height / width);
        return (bin.Height, bin.Width);
    }

    /// <summary>The entry whose ratio is nearest; of two equally near, the wider.</summary>
    /// <param name="ratio">Height by width.</param>
    public AspectRatioBin Closest(double ratio) => Bins.MinBy(bin => Math.Abs(bin.Ratio - ratio))!;

    static string[] Entries(int side) =>
        (side == 2880 ? At2880 : At1024).Split((char[])[' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);

    static AspectRatioBin Parse(string entry, int side)
    {
        var parts = entry.Split(':', '*', 'x');
        return new AspectRatioBin(
            parts[0], double.Parse(parts[0], CultureInfo.InvariantCulture), Scale(parts[1]), Scale(parts[2]));

        int Scale(string pixels)
        {
            var size = int.Parse(pixels, CultureInfo.InvariantCulture);
            return side == 2880 ? size : size * side / 1024;
        }
    }
}
