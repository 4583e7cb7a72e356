using PixArt.Imaging;

namespace PixArt.Training.Data.Scenes;

/// <summary>Draws two eyes, rosy cheeks and a laughing mouth onto an object's source picture.</summary>
internal static class HappyFace
{
    private static readonly (byte R, byte G, byte B) Ink = (46, 24, 30);
    private static readonly (byte R, byte G, byte B) Shine = (255, 255, 255);
    private static readonly (byte R, byte G, byte B) Tongue = (255, 96, 110);
    private static readonly (byte R, byte G, byte B) Cheek = (255, 130, 150);

    /// <summary>A copy of the picture with the face on it.</summary>
    public static Image DrawOn(Image picture, FacePlacement face)
    {
        var result = new Image(picture.Width, picture.Height, picture.Channels, (byte[])picture.Pixels.Clone());
        var eye = face.EyeRadius;
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var x = face.X + side * face.EyeDistance;
            Ellipse(result, x + side * eye * 0.7f, face.Y + eye * 1.9f, eye * 0.85f, eye * 0.6f, Cheek, 0.75f);
            Ellipse(result, x, face.Y, eye, eye * 1.3f, Ink, 1);
            Ellipse(result, x - eye * 0.28f, face.Y - eye * 0.5f, eye * 0.42f, eye * 0.42f, Shine, 1);
        }

        var width = face.EyeDistance * 0.55f + eye * 0.55f;
        var mouth = face.Y + eye * 2.0f;
        Ellipse(result, face.X, mouth, width, width * 0.95f, Ink, 1, below: mouth);
        Ellipse(result, face.X, mouth + width * 0.75f, width * 0.55f, width * 0.4f, Tongue, 1, within: (face.X, mouth, width * 0.9f, width * 0.85f));
        return result;
    }

    private static void Ellipse(Image picture, float x, float y, float radiusX, float radiusY, (byte R, byte G, byte B) colour,
        float opacity, float below = float.MinValue, (float X, float Y, float RadiusX, float RadiusY)? within = null)
    {
        for (var row = Math.Max(0, (int)(y - radiusY - 1)); row <= Math.Min(picture.Height - 1, (int)(y + radiusY + 1)); row++)
        {
            for (var column = Math.Max(0, (int)(x - radiusX - 1)); column <= Math.Min(picture.Width - 1, (int)(x + radiusX + 1)); column++)
            {
                var cover = opacity * Coverage(column - x, row - y, radiusX, radiusY) * Math.Clamp(row - below + 0.5f, 0, 1);
                if (within is var (inX, inY, inRadiusX, inRadiusY))
                    cover *= Coverage(column - inX, row - inY, inRadiusX, inRadiusY);
                Blend(picture.Pixels.AsSpan((row * picture.Width + column) * 4, 4), colour, cover);
            }
        }
    }

    // Distance to the edge in pixels, about: one pixel of soft edge.
    private static float Coverage(float x, float y, float radiusX, float radiusY) =>
        Math.Clamp((1 - MathF.Sqrt(x * x / (radiusX * radiusX) + y * y / (radiusY * radiusY))) * MathF.Min(radiusX, radiusY) + 0.5f, 0, 1);

    private static void Blend(Span<byte> pixel, (byte R, byte G, byte B) colour, float cover)
    {
        if (cover <= 0)
            return;
        var under = pixel[3] / 255f * (1 - cover);
        var alpha = cover + under;
        pixel[0] = (byte)MathF.Round((colour.R * cover + pixel[0] * under) / alpha);
        pixel[1] = (byte)MathF.Round((colour.G * cover + pixel[1] * under) / alpha);
        pixel[2] = (byte)MathF.Round((colour.B * cover + pixel[2] * under) / alpha);
        pixel[3] = (byte)MathF.Round(alpha * 255);
    }
}
