using PixArt.Imaging;

namespace PixArt.Training.Data.Scenes;

/// <summary>A scaled object ready to be blended: trimmed to what is visible, colours premultiplied by alpha.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Rgba">Premultiplied red, green, blue, alpha, row by row.</param>
internal sealed record Sprite(int Width, int Height, byte[] Rgba)
{
    private const int Visible = 8;

    /// <summary>Trims the picture and scales its longer side to that many pixels with a Catmull-Rom filter over premultiplied colours.</summary>
    public static Sprite FromPicture(Image picture, int pixels)
    {
        var (left, top, width, height) = Bounds(picture);
        var scale = (double)Math.Max(width, height) / pixels;
        var (newWidth, newHeight) = (Math.Max(1, (int)Math.Round(width / scale)), Math.Max(1, (int)Math.Round(height / scale)));
        var source = new float[width * height * 4];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var from = ((top + y) * picture.Width + left + x) * 4;
                var to = (y * width + x) * 4;
                var alpha = picture.Pixels[from + 3];
                for (var c = 0; c < 3; c++)
                    source[to + c] = picture.Pixels[from + c] * alpha / 255f;
                source[to + 3] = alpha;
            }
        }

        var rows = ScaleRows(source, width, height, newWidth);
        var columns = ScaleRows(Transpose(rows, newWidth, height), height, newWidth, newHeight);
        return new Sprite(newWidth, newHeight, ToBytes(Transpose(columns, newHeight, newWidth)));
    }

    // Rows of RGBA floats, each scaled to a new length.
    private static float[] ScaleRows(float[] source, int length, int rows, int newLength)
    {
        var result = new float[rows * newLength * 4];
        var scale = (double)length / newLength;
        var stretch = Math.Max(1, scale);
        for (var x = 0; x < newLength; x++)
        {
            var centre = (x + 0.5) * scale - 0.5;
            var (first, last) = ((int)Math.Ceiling(centre - 2 * stretch), (int)Math.Floor(centre + 2 * stretch));
            var total = 0.0;
            for (var i = first; i <= last; i++)
                total += CatmullRom((i - centre) / stretch);
            for (var i = first; i <= last; i++)
            {
                var weight = (float)(CatmullRom((i - centre) / stretch) / total);
                if (i < 0 || i >= length)
                    continue; // Beyond the trimmed box everything is transparent.
                for (var y = 0; y < rows; y++)
                {
                    for (var c = 0; c < 4; c++)
                        result[(y * newLength + x) * 4 + c] += weight * source[(y * length + i) * 4 + c];
                }
            }
        }

        return result;
    }

    private static float[] Transpose(float[] source, int width, int height)
    {
        var result = new float[source.Length];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                source.AsSpan((y * width + x) * 4, 4).CopyTo(result.AsSpan((x * height + y) * 4));
        }

        return result;
    }

    private static byte[] ToBytes(float[] source)
    {
        var result = new byte[source.Length];
        for (var i = 0; i < source.Length; i += 4)
        {
            var alpha = Math.Clamp(MathF.Round(source[i + 3]), 0, 255);
            result[i + 3] = (byte)alpha;
            for (var c = 0; c < 3; c++)
                result[i + c] = (byte)Math.Clamp(MathF.Round(source[i + c]), 0, alpha);
        }

        return result;
    }

    private static double CatmullRom(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? 1 + x * x * (1.5 * x - 2.5) : x < 2 ? 2 + x * (-4 + x * (2.5 - 0.5 * x)) : 0;
    }

    private static (int Left, int Top, int Width, int Height) Bounds(Image picture)
    {
        var (left, top, right, bottom) = (picture.Width, picture.Height, -1, -1);
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                if (picture.Pixels[(y * picture.Width + x) * 4 + 3] < Visible)
                    continue;
                (left, right) = (Math.Min(left, x), Math.Max(right, x));
                (top, bottom) = (Math.Min(top, y), Math.Max(bottom, y));
            }
        }

        return right < 0 ? (0, 0, picture.Width, picture.Height) : (left, top, right - left + 1, bottom - top + 1);
    }
}
