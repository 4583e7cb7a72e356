namespace PixArt.Training.Data.Scenes.Settings;

/// <summary>Dark settings. Each takes how far its horizon lies below the usual, in pixels.</summary>
internal static class Darkness
{
    public static void Night(Canvas canvas, float shift)
    {
        var horizon = 84 + shift;
        canvas.Sky(horizon + 8, 0x10184A, 0x54499A);
        canvas.Glow(100, 22, 28, 0xB8B8FF, 0.4f);
        canvas.Disc(100, 22, 11, 0xFFF2C2);
        canvas.Disc(103, 19, 2.5f, 0xE9D9A4);
        canvas.Disc(96, 25, 3, 0xE9D9A4);
        foreach (var (x, y) in ((float, float)[])[(12, 12), (30, 34), (48, 10), (66, 28), (82, 8), (16, 54), (44, 58), (78, 52), (118, 50), (98, 62)])
            canvas.Disc(x, y, 1.3f, 0xFFFBE0);
        canvas.Land(x => horizon + 4 * Outdoors.Wave(x, 140, 0.2f), 0x2A2B66, 0x1A1B47, horizon - 4, 128);
    }

    public static void Forest(Canvas canvas, float shift)
    {
        var ground = 92 + shift;
        canvas.Sky(ground + 6, 0x1F4A36, 0x7DB07A);
        canvas.Glow(64, 50, 60, 0xE8F7B0, 0.45f);
        foreach (var (x, width) in ((float, float)[])[(28, 3), (52, 2.5f), (78, 2.8f), (104, 3)])
            canvas.Box(x - width, 0, x + width, ground + 2, 0x4A6650);
        foreach (var (x, width) in ((float, float)[])[(6, 6), (121, 7)])
        {
            canvas.Box(x - width, 0, x + width, ground + 8, 0x38291F);
            canvas.Box(x - width, 0, x - width * 0.3f, ground + 8, 0x4B382A);
        }

        foreach (var (x, y, radius) in ((float, float, float)[])[(0, 2, 20), (30, -6, 22), (62, -8, 22), (96, -7, 23), (126, 2, 21)])
            canvas.Disc(x, y, radius, 0x1B4A2C);
        canvas.Land(x => ground + 2 * Outdoors.Wave(x, 120, 0.1f), 0x4E6B35, 0x33481F, ground, 128);
    }

    public static void Moon(Canvas canvas, float shift)
    {
        var horizon = 80 + shift;
        canvas.Sky(horizon + 8, 0x05060E, 0x12152A);
        foreach (var (x, y) in ((float, float)[])[(14, 40), (40, 16), (62, 44), (84, 12), (116, 54), (70, 64), (20, 66), (104, 70)])
            canvas.Disc(x, y, 1.1f, 0xFFFFFF);
        canvas.Glow(28, 20, 24, 0x6FB6FF, 0.35f);
        canvas.Disc(28, 20, 13, 0x2F7FE0);
        canvas.Ellipse(24, 16, 6, 4.5f, 0x62C46A);
        canvas.Ellipse(33, 25, 5, 4, 0x62C46A);
        canvas.Land(x => horizon + 4 - 4 * MathF.Cos((x - 64) / 64 * 1.2f), 0xC3C4CC, 0x8E9099, horizon, 128);
        foreach (var (x, y, radius) in ((float, float, float)[])[(18, 96, 8), (108, 94, 9), (62, 120, 11), (100, 118, 5), (26, 118, 6)])
        {
            canvas.Ellipse(x, y, radius, radius * 0.35f, 0x7C7E88);
            canvas.Ellipse(x, y + radius * 0.1f, radius * 0.8f, radius * 0.25f, 0x9A9CA6);
        }
    }
}
