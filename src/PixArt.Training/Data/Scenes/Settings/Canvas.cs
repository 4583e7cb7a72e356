namespace PixArt.Training.Data.Scenes.Settings;

/// <summary>A small painter's canvas in scene pixels, four samples a pixel each way, averaged at the end. Later strokes cover earlier ones.</summary>
internal sealed class Canvas
{
    private const int Samples = 4;
    private const int Side = Scene.Side * Samples;
    private readonly float[] _rgb = new float[Side * Side * 3];

    /// <summary>Colours above this line from one to the other; below it stays as it is.</summary>
    public void Sky(float horizon, Colour top, Colour bottom) => Land(_ => 0, _ => horizon, top, bottom, 0, horizon);

    /// <summary>Fills below an outline, coloured by height from one line to another.</summary>
    public void Land(Func<float, float> outline, Colour top, Colour bottom, float from = 64, float to = Scene.Side) =>
        Land(outline, _ => Scene.Side, top, bottom, from, to);

    /// <summary>Fills between two outlines.</summary>
    public void Land(Func<float, float> upper, Func<float, float> lower, Colour top, Colour bottom, float from, float to)
    {
        for (var column = 0; column < Side; column++)
        {
            var x = (column + 0.5f) / Samples;
            var last = Math.Min(Side, (int)(lower(x) * Samples));
            for (var row = Math.Max(0, (int)(upper(x) * Samples)); row < last; row++)
                Put(row, column, Colour.Mix(top, bottom, Math.Clamp((row / (float)Samples - from) / (to - from), 0, 1)), 1);
        }
    }

    public void Ellipse(float x, float y, float radiusX, float radiusY, Colour colour, float opacity = 1) =>
        Fill(x - radiusX, y - radiusY, x + radiusX, y + radiusY, colour, opacity,
            (px, py) => Square((px - x) / radiusX) + Square((py - y) / radiusY) <= 1);

    public void Disc(float x, float y, float radius, Colour colour, float opacity = 1) => Ellipse(x, y, radius, radius, colour, opacity);

    public void Box(float left, float top, float right, float bottom, Colour colour, float opacity = 1) =>
        Fill(left, top, right, bottom, colour, opacity, (_, _) => true);

    /// <summary>A filled convex or concave outline (even-odd).</summary>
    public void Shape(Colour colour, float opacity, params (float X, float Y)[] points) =>
        Fill(points.Min(p => p.X), points.Min(p => p.Y), points.Max(p => p.X), points.Max(p => p.Y), colour, opacity, (x, y) => Inside(points, x, y));

    /// <summary>Light that fades to nothing at the radius.</summary>
    public void Glow(float x, float y, float radius, Colour colour, float opacity)
    {
        for (var row = Math.Max(0, (int)((y - radius) * Samples)); row < Math.Min(Side, (int)((y + radius) * Samples)); row++)
        {
            for (var column = Math.Max(0, (int)((x - radius) * Samples)); column < Math.Min(Side, (int)((x + radius) * Samples)); column++)
            {
                var distance = MathF.Sqrt(Square((column + 0.5f) / Samples - x) + Square((row + 0.5f) / Samples - y)) / radius;
                if (distance < 1)
                    Put(row, column, colour, opacity * Square(1 - distance));
            }
        }
    }

    /// <summary>The finished picture: RGB bytes of <see cref="Scene.Side"/>² pixels, optionally mirrored left to right.</summary>
    public byte[] Develop(bool mirrored)
    {
        var result = new byte[SceneComposer.PictureBytes];
        for (var y = 0; y < Scene.Side; y++)
        {
            for (var x = 0; x < Scene.Side; x++)
            {
                for (var c = 0; c < 3; c++)
                {
                    var sum = 0f;
                    for (var i = 0; i < Samples * Samples; i++)
                        sum += _rgb[((y * Samples + i / Samples) * Side + x * Samples + i % Samples) * 3 + c];
                    var to = mirrored ? Scene.Side - 1 - x : x;
                    result[(y * Scene.Side + to) * 3 + c] = (byte)Math.Clamp(sum / (Samples * Samples) * 255 + 0.5f, 0, 255);
                }
            }
        }

        return result;
    }

    private void Fill(float left, float top, float right, float bottom, Colour colour, float opacity, Func<float, float, bool> inside)
    {
        for (var row = Math.Max(0, (int)(top * Samples)); row < Math.Min(Side, (int)MathF.Ceiling(bottom * Samples)); row++)
        {
            for (var column = Math.Max(0, (int)(left * Samples)); column < Math.Min(Side, (int)MathF.Ceiling(right * Samples)); column++)
            {
                if (inside((column + 0.5f) / Samples, (row + 0.5f) / Samples))
                    Put(row, column, colour, opacity);
            }
        }
    }

    private void Put(int row, int column, Colour colour, float opacity)
    {
        var pixel = _rgb.AsSpan((row * Side + column) * 3, 3);
        pixel[0] += (colour.R - pixel[0]) * opacity;
        pixel[1] += (colour.G - pixel[1]) * opacity;
        pixel[2] += (colour.B - pixel[2]) * opacity;
    }

    private static bool Inside((float X, float Y)[] points, float x, float y)
    {
        var inside = false;
        for (int i = 0, j = points.Length - 1; i < points.Length; j = i++)
        {
            if (points[i].Y > y != points[j].Y > y
                && x < (points[j].X - points[i].X) * (y - points[i].Y) / (points[j].Y - points[i].Y) + points[i].X)
                inside = !inside;
        }

        return inside;
    }

    private static float Square(float x) => x * x;
}
