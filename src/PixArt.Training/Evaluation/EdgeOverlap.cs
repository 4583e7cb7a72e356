using System.Runtime.InteropServices;
using PixArt.Imaging;

namespace PixArt.Training.Evaluation;

/// <summary>How well the edges of pictures are those of the maps that they should follow, in pixels, summed over pictures.</summary>
/// <param name="Drawn">Edge pixels of the pictures.</param>
/// <param name="Asked">Of those, the ones that lie close to an edge of the map.</param>
/// <param name="Wanted">Edge pixels of the maps.</param>
/// <param name="Met">Of those, the ones that lie close to an edge of the picture.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct EdgeOverlap(long Drawn, long Asked, long Wanted, long Met)
{
    /// <summary>Pixels across or down that still are close.</summary>
    public const int Tolerance = 1;

    // A quarter of a full edge.
    const byte Least = 64;

    /// <summary>Share of what is drawn that was asked for; 1 where nothing is drawn.</summary>
    public double Precision => Drawn == 0 ? 1 : (double)Asked / Drawn;

    /// <summary>Share of what was asked for that is drawn; 1 where nothing was asked for.</summary>
    public double Recall => Wanted == 0 ? 1 : (double)Met / Wanted;

    /// <summary>The harmonic mean of both.</summary>
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>Both together.</summary>
    public static EdgeOverlap operator +(EdgeOverlap left, EdgeOverlap right) =>
        new(left.Drawn + right.Drawn, left.Asked + right.Asked, left.Wanted + right.Wanted, left.Met + right.Met);

    /// <summary>Compares the edges of two pictures, both found by <see cref="GradientEdges"/>.</summary>
    /// <param name="wanted">The picture whose edges should be followed.</param>
    /// <param name="drawn">The picture that should follow them.</param>
    /// <exception cref="InvalidSettingException">They differ in size.</exception>
    public static EdgeOverlap Between(Image wanted, Image drawn)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(drawn);
        if ((wanted.Width, wanted.Height) != (drawn.Width, drawn.Height))
            throw new InvalidSettingException("picture", $"{drawn.Width}x{drawn.Height}", $"{wanted.Width}x{wanted.Height}, as the other");
        var (map, own) = (GradientEdges.Find(wanted), GradientEdges.Find(drawn));
        var (asked, ofOwn) = Close(own, map);
        var (met, ofMap) = Close(map, own);
        return new(ofOwn, asked, ofMap, met);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{F1:F3} (precision {Precision:F3}, recall {Recall:F3})");

    // Edge pixels of the first picture, and how many of them lie close to one of the second.
    static (long Close, long All) Close(Image edges, Image others)
    {
        var (close, all) = (0L, 0L);
        for (var y = 0; y < edges.Height; y++)
        {
            for (var x = 0; x < edges.Width; x++)
            {
                if (edges.Pixels[y * edges.Width + x] < Least) continue;
                all++;
                if (IsNear(others, x, y)) close++;
            }
        }

        return (close, all);
    }

    static bool IsNear(Image edges, int x, int y)
    {
        for (var row = Math.Max(0, y - Tolerance); row <= Math.Min(edges.Height - 1, y + Tolerance); row++)
        {
            for (var column = Math.Max(0, x - Tolerance); column <= Math.Min(edges.Width - 1, x + Tolerance); column++)
            {
                if (edges.Pixels[row * edges.Width + column] >= Least) return true;
            }
        }

        return false;
    }
}
