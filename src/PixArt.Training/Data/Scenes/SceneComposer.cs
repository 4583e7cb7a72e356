using PixArt.Training.Data.Scenes.Settings;

namespace PixArt.Training.Data.Scenes;

/// <summary>Draws scenes: background, a soft shadow under each object, the objects. Thread-safe.</summary>
/// <param name="atlas">The scaled objects.</param>
public sealed class SceneComposer(EmojiAtlas atlas)
{
    /// <summary>Bytes of a picture: <see cref="Scene.Side"/>² RGB pixels.</summary>
    public const int PictureBytes = Scene.Side * Scene.Side * 3;

    /// <summary>Draws the scene.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="rgb">Receives <see cref="PictureBytes"/> bytes: red, green, blue, row by row from the top.</param>
    /// <exception cref="ArgumentException">The span is shorter than that.</exception>
    public void Compose(Scene scene, Span<byte> rgb)
    {
        if (rgb.Length < PictureBytes)
            throw new ArgumentException($"{rgb.Length} bytes cannot hold a scene of {PictureBytes}", nameof(rgb));
        Tint(SettingPainter.Paint(scene.Setting, scene.Variant), scene.Tint, rgb);
        foreach (var placed in scene.Objects)
        {
            var sprite = SpriteOf(placed, scene);
            var hovers = Height(placed, scene) > 0;
            DrawShadow(rgb, placed.X, scene.GroundLine - 1, sprite.Width * (hovers ? 0.32f : 0.5f), hovers ? 0.2f : 0.45f);
        }

        foreach (var placed in scene.Objects)
        {
            var sprite = SpriteOf(placed, scene);
            Blend(rgb, sprite, placed.X - sprite.Width / 2, scene.GroundLine - Height(placed, scene) - sprite.Height);
        }
    }

    private Sprite SpriteOf(PlacedObject placed, Scene scene) =>
        atlas.Get(placed.Object, Scene.PixelsOf(placed.Size, scene.Objects.Length), placed.HappyFace);

    // Pixels between the ground line and the object's lowest point.
    private static int Height(PlacedObject placed, Scene scene) => placed.Object.Elevation switch
    {
        Elevation.Flies => placed.Size == ObjectSize.Large ? 12 : 28,
        Elevation.Swims when scene.Setting.IsUnderwater => placed.Size == ObjectSize.Large ? 8 : 20,
        _ => 0,
    };

    private static void Tint(ReadOnlySpan<byte> background, (float Red, float Green, float Blue) tint, Span<byte> rgb)
    {
        Span<byte> table = stackalloc byte[768];
        for (var i = 0; i < 256; i++)
        {
            table[i] = (byte)Math.Min(255, i * tint.Red + 0.5f);
            table[256 + i] = (byte)Math.Min(255, i * tint.Green + 0.5f);
            table[512 + i] = (byte)Math.Min(255, i * tint.Blue + 0.5f);
        }

        for (var i = 0; i < PictureBytes; i += 3)
        {
            rgb[i] = table[background[i]];
            rgb[i + 1] = table[256 + background[i + 1]];
            rgb[i + 2] = table[512 + background[i + 2]];
        }
    }

    private static void DrawShadow(Span<byte> rgb, int centreX, int centreY, float radiusX, float opacity)
    {
        var radiusY = MathF.Max(3, radiusX * 0.22f);
        for (var y = Math.Max(0, (int)(centreY - radiusY)); y <= Math.Min(Scene.Side - 1, (int)(centreY + radiusY)); y++)
        {
            for (var x = Math.Max(0, (int)(centreX - radiusX)); x <= Math.Min(Scene.Side - 1, (int)(centreX + radiusX)); x++)
            {
                var (dx, dy) = ((x - centreX) / radiusX, (y - centreY) / radiusY);
                var inside = 1 - dx * dx - dy * dy;
                if (inside <= 0)
                    continue;
                var keep = 1 - opacity * inside * (2 - inside);
                var at = (y * Scene.Side + x) * 3;
                rgb[at] = (byte)(rgb[at] * keep);
                rgb[at + 1] = (byte)(rgb[at + 1] * keep);
                rgb[at + 2] = (byte)(rgb[at + 2] * keep);
            }
        }
    }

    private static void Blend(Span<byte> rgb, Sprite sprite, int left, int top)
    {
        for (var y = Math.Max(0, -top); y < Math.Min(sprite.Height, Scene.Side - top); y++)
        {
            for (var x = Math.Max(0, -left); x < Math.Min(sprite.Width, Scene.Side - left); x++)
            {
                var from = (y * sprite.Width + x) * 4;
                var under = 255 - sprite.Rgba[from + 3];
                if (under == 255)
                    continue;
                var to = ((top + y) * Scene.Side + left + x) * 3;
                for (var c = 0; c < 3; c++)
                    rgb[to + c] = (byte)(sprite.Rgba[from + c] + (rgb[to + c] * under + 127) / 255);
            }
        }
    }
}
