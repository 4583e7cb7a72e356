namespace PixArt.Training.Data.Scenes.Settings;

/// <summary>City, sea bed, room and sunset. Each takes how far its horizon lies below the usual, in pixels.</summary>
internal static class Places
{
    public static void City(Canvas canvas, float shift)
    {
        var street = 90 + shift;
        canvas.Sky(street, 0x9CCBEA, 0xE6EEF2);
        foreach (var (left, width, top, colour) in ((float, float, float, int)[])
            [(-4, 28, 22, 0x8C9BB5), (26, 22, 44, 0xB59A8C), (50, 26, 12, 0x7F8CA8), (78, 20, 38, 0xA88F9B), (100, 32, 24, 0x9197A8)])
        {
            canvas.Box(left, top + shift, left + width, street, colour);
            for (var y = top + shift + 6; y < street - 10; y += 16)
            {
                for (var x = left + 4; x < left + width - 6; x += 12)
                    canvas.Box(x, y, x + 6, y + 8, 0xE9E4C0, 0.6f);
            }
        }

        canvas.Land(_ => street, 0xC2C2C0, 0xB2B2B2, street, street + 8);
        canvas.Land(_ => street + 7, 0x5F636B, 0x50545C, street + 7, 128);
        for (var x = 4; x < 128; x += 32)
            canvas.Box(x, 121, x + 16, 124, 0xF3E9C6);
    }

    public static void Underwater(Canvas canvas, float shift)
    {
        var bed = 98 + shift;
        canvas.Sky(128, 0x35C3E8, 0x0A4E8E);
        foreach (var (top, bottom, width) in ((float, float, float)[])[(20, 2, 10), (52, 40, 14), (92, 96, 12)])
            canvas.Shape(0xC9F6FF, 0.22f, (top, 0), (top + width, 0), (bottom + 2.2f * width, bed), (bottom, bed));
        canvas.Land(x => bed + 3 * Outdoors.Wave(x, 110, 0.3f), 0xD8C58C, 0x9F9468, bed, 128);
        foreach (var (x, height) in ((float, float)[])[(7, 40), (15, 26), (120, 34)])
        {
            for (var y = 0f; y < height; y += 0.5f)
                canvas.Disc(x + 2.5f * MathF.Sin(y / 6), bed + 4 - y, 2.6f * (1 - y / height * 0.6f), 0x1E8F62);
        }

        foreach (var (x, y, radius) in ((float, float, float)[])[(104, 22, 3), (110, 38, 2.2f), (30, 26, 2.6f), (36, 12, 2)])
        {
            canvas.Disc(x, y, radius, 0xE6FBFF, 0.75f);
            canvas.Disc(x, y, radius - 0.9f, 0x4FC4E6, 0.9f);
        }
    }

    public static void Room(Canvas canvas, float shift)
    {
        var floor = 90 + shift;
        canvas.Sky(floor, 0xF3D9C6, 0xEBC7AE);
        canvas.Box(78, 14, 114, 54, 0xFFFFFF);
        canvas.Box(81, 17, 94.5f, 51, 0x9FD8F7);
        canvas.Box(97.5f, 17, 111, 51, 0x9FD8F7);
        canvas.Box(16, 18, 44, 42, 0x9A6B45);
        canvas.Box(19, 21, 41, 39, 0xF7F2E6);
        canvas.Shape(0x8FB996, 1, (19, 39), (28, 27), (34, 34), (37, 31), (41, 39));
        canvas.Box(0, floor - 4, 128, floor, 0xFFFFFF);
        canvas.Land(_ => floor, 0xA8713F, 0x8C5A30, floor, 128);
        canvas.Ellipse(64, 112, 58, 10, 0xC9574F);
        canvas.Ellipse(64, 112, 50, 7.5f, 0xE28B72);
    }

    public static void Sunset(Canvas canvas, float shift)
    {
        var horizon = 78 + shift;
        canvas.Sky(horizon * 0.6f, 0x5B3F8F, 0xE5648C);
        canvas.Land(_ => horizon * 0.6f - 0.5f, 0xE5648C, 0xFFC061, horizon * 0.6f, horizon);
        canvas.Glow(64, horizon, 52, 0xFFE27A, 0.8f);
        canvas.Disc(64, horizon, 22, 0xFFF0A0);
        canvas.Land(x => horizon + 4 * Outdoors.Wave(x, 128, 0.25f) + 2, 0x8A4A86, 0x6E3A78, horizon, horizon + 20);
        canvas.Land(x => horizon + 14 + 4 * Outdoors.Wave(x, 180, 0.7f), 0x6A3570, 0x452456, horizon + 10, 128);
    }
}
