using PixArt.Imaging;
using PixArt.Training.Data.Scenes;

namespace PixArt.Cli.Tests.Commands;

/// <summary>A folder of stand-ins for the emoji pictures, so that tests need no download: each object a square in a colour of its own.</summary>
static class DrawnEmojis
{
    const int Side = 256;

    /// <summary>Writes every object of the vocabulary.</summary>
    /// <param name="folder">Made where it is not there.</param>
    /// <param name="newcomers">Code points of others, to be drawn too.</param>
    public static void Write(string folder, params string[] newcomers)
    {
        foreach (var thing in SceneVocabulary.Objects) Save(folder, thing.CodePoint, (byte)(thing.Index * 4));
        foreach (var code in newcomers) Save(folder, code, 255);
    }

    static void Save(string folder, string code, byte shade)
    {
        var pixels = new byte[Side * Side * 4];
        for (var y = 20; y < Side - 20; y++)
        {
            for (var x = 20; x < Side - 20; x++)
            {
                var pixel = pixels.AsSpan((y * Side + x) * 4, 4);
                (pixel[0], pixel[1], pixel[2], pixel[3]) = (shade, (byte)(255 - shade), 128, 255);
            }
        }

        new Image(Side, Side, 4, pixels).Save(Path.Combine(folder, code + ".webp"), quality: 100);
    }
}
