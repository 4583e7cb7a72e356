using PixArt.Imaging;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>
/// Spoils pictures the way autoencoders and samplers do — shifted, blurred, grainy, blotchy, a little off in light and colour — so that
/// a recogniser trained on clean scenes reads generated ones.
/// </summary>
internal static class PictureDistortion
{
    private const int Side = Scene.Side;
    private const int Blotch = 4;

    /// <summary>Writes the picture as planes [3, 128, 128] in [-1, 1], as it is.</summary>
    public static void Copy(Image image, Span<float> planes) => Shift(image, planes, 0, 0);

    /// <summary>Writes the picture as planes [3, 128, 128] in [-1, 1], spoilt.</summary>
    public static void Apply(Image image, Span<float> planes, ref SceneRandom random)
    {
        Shift(image, planes, random.Below(9) - 4, random.Below(9) - 4);
        Span<float> scratch = stackalloc float[Side];
        for (var blurs = random.Below(4); blurs > 0; blurs--)
        {
            for (var channel = 0; channel < 3; channel++)
                Blur(planes.Slice(channel * Side * Side, Side * Side), scratch);
        }

        if (random.Chance(0.5))
            AddBlotches(planes, 0.15f * (float)random.Unit(), ref random);
        var grain = random.Chance(0.5) ? 0.1f * (float)random.Unit() : 0;
        for (var channel = 0; channel < 3; channel++)
        {
            var gain = 0.85f + 0.3f * (float)random.Unit();
            var lift = 0.2f * ((float)random.Unit() - 0.5f);
            foreach (ref var value in planes.Slice(channel * Side * Side, Side * Side))
                value = Math.Clamp(value * gain + lift + (grain > 0 ? grain * Noise(ref random) : 0), -1, 1);
        }
    }

    // The edge pixels repeat where the picture moved away.
    private static void Shift(Image image, Span<float> planes, int right, int down)
    {
        for (var y = 0; y < Side; y++)
        {
            var row = Math.Clamp(y - down, 0, Side - 1) * Side;
            for (var x = 0; x < Side; x++)
            {
                var from = (row + Math.Clamp(x - right, 0, Side - 1)) * 3;
                for (var channel = 0; channel < 3; channel++)
                    planes[channel * Side * Side + y * Side + x] = image.Pixels[from + channel] / 127.5f - 1;
            }
        }
    }

    // [1 2 1] / 4 along rows, then along columns.
    private static void Blur(Span<float> plane, Span<float> line)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            var (along, across) = pass == 0 ? (1, Side) : (Side, 1);
            for (var i = 0; i < Side; i++)
            {
                for (var j = 0; j < Side; j++)
                    line[j] = plane[i * across + j * along];
                for (var j = 0; j < Side; j++)
                {
                    plane[i * across + j * along] =
                        0.25f * line[Math.Max(0, j - 1)] + 0.5f * line[j] + 0.25f * line[Math.Min(Side - 1, j + 1)];
                }
            }
        }
    }

    private static void AddBlotches(Span<float> planes, float strength, ref SceneRandom random)
    {
        for (var top = 0; top < 3 * Side; top += Blotch)
        {
            for (var left = 0; left < Side; left += Blotch)
            {
                var offset = strength * Noise(ref random);
                for (var i = 0; i < Blotch * Blotch; i++)
                    planes[(top + i / Blotch) * Side + left + i % Blotch] += offset;
            }
        }
    }

    // Triangular, about standard deviation 0.8.
    private static float Noise(ref SceneRandom random) => 2 * (float)(random.Unit() - random.Unit());
}
