namespace PixArt.Training.Data.Scenes.Settings;

/// <summary>Daylight settings. Each takes how far its horizon lies below the usual, in pixels.</summary>
internal static class Outdoors
{
    public static void Desert(Canvas canvas, float shift)
    {
        var horizon = 70 + shift;
        canvas.Sky(horizon + 12, 0x7FC8F0, 0xFDE9C4);
        canvas.Glow(24, 22, 30, 0xFFF6D0, 0.8f);
        canvas.Disc(24, 22, 9, 0xFFF3B0);
        canvas.Land(x => horizon + 3 - 9 * Wave(x, 90, 0.15f), 0xEBB469, 0xD9974C, horizon - 8, horizon + 20);
        canvas.Land(x => horizon + 12 + 6 * Wave(x, 150, 0.55f), 0xF7CF86, 0xE3A652, horizon + 6, 128);
    }

    public static void Beach(Canvas canvas, float shift)
    {
        var horizon = 58 + shift;
        canvas.Sky(horizon, 0x4FB4F2, 0xCDEEFB);
        Cloud(canvas, 96, 20);
        canvas.Land(_ => horizon, _ => horizon + 30, 0x1583C4, 0x49D3D0, horizon, horizon + 26);
        canvas.Land(x => horizon + 24 + 3 * Wave(x, 100, 0.2f), 0xFFFFFF, 0xFFFFFF);
        canvas.Land(x => horizon + 27 + 3 * Wave(x, 100, 0.2f), 0xF6E3B0, 0xE9CC8A, horizon + 24, 128);
    }

    public static void Meadow(Canvas canvas, float shift)
    {
        var horizon = 66 + shift;
        canvas.Sky(horizon + 14, 0x69BDF5, 0xDDF4FF);
        Cloud(canvas, 30, 18);
        Cloud(canvas, 100, 30);
        canvas.Land(x => horizon + 4 - 8 * Wave(x, 130, 0.1f), 0x9ED36A, 0x7FC25A, horizon - 6, horizon + 20);
        canvas.Land(x => horizon + 14 + 5 * Wave(x, 170, 0.6f), 0xA8DE62, 0x64B63C, horizon + 8, 128);
        foreach (var (x, y) in ((float, float)[])[(10, 116), (38, 122), (66, 117), (93, 123), (119, 115)])
        {
            canvas.Disc(x, y, 2.2f, 0xFFFFFF);
            canvas.Disc(x, y, 0.9f, 0xFFD24A);
        }
    }

    public static void Snow(Canvas canvas, float shift)
    {
        var horizon = 70 + shift;
        canvas.Sky(horizon + 16, 0x9CC7E8, 0xEAF4FB);
        canvas.Land(x => horizon + 4 - 7 * Wave(x, 140, 0.3f), 0xCFE3F2, 0xDCEBF7, horizon - 4, horizon + 14);
        canvas.Land(x => horizon + 14 + 4 * Wave(x, 190, 0.8f), 0xFFFFFF, 0xDDEAF6, horizon + 10, 128);
        foreach (var (x, y) in ((float, float)[])[(12, 14), (40, 30), (70, 10), (98, 26), (118, 44), (22, 48), (58, 50), (86, 54)])
            canvas.Disc(x, y, 2, 0xFFFFFF);
    }

    public static void Mountains(Canvas canvas, float shift)
    {
        var horizon = 84 + shift;
        canvas.Sky(horizon, 0x5E9FE0, 0xDCEBFA);
        Peak(canvas, 92, 24 + shift, 62, horizon + 6, 0x7385A8);
        Peak(canvas, 34, 12 + shift, 66, horizon + 6, 0x5B6C92);
        canvas.Land(x => horizon + 2 * Wave(x, 160, 0.4f), 0x6E9A70, 0x4C7B58, horizon, 128);
    }

    internal static float Wave(float x, float length, float phase) => MathF.Sin((x / length + phase) * MathF.Tau);

    private static void Peak(Canvas canvas, float x, float top, float halfWidth, float bottom, Colour rock)
    {
        var height = bottom - top;
        canvas.Shape(rock, 1, (x, top), (x + halfWidth, bottom), (x - halfWidth, bottom));
        canvas.Shape(0x2C3A5E, 0.25f, (x, top), (x + halfWidth, bottom), (x + halfWidth * 0.1f, bottom));
        canvas.Shape(0xFFFFFF, 1, (x, top), (x + halfWidth * 0.34f, top + height * 0.34f), (x + halfWidth * 0.14f, top + height * 0.28f),
            (x, top + height * 0.38f), (x - halfWidth * 0.16f, top + height * 0.28f), (x - halfWidth * 0.34f, top + height * 0.34f));
    }

    private static void Cloud(Canvas canvas, float x, float y)
    {
        canvas.Ellipse(x, y + 3, 16, 4.5f, 0xFFFFFF, 0.9f);
        canvas.Disc(x - 5, y, 6, 0xFFFFFF, 0.9f);
        canvas.Disc(x + 4, y - 1.5f, 7, 0xFFFFFF, 0.9f);
    }
}
