using PixArt.Imaging;
using PixArt.Training.Recipes;

namespace PixArt.Training.Data.Pictures;

/// <summary>From an encoded picture to what training sees.</summary>
/// <param name="crop">How it is brought to its size.</param>
/// <param name="flip">Whether half of all visits are mirrored.</param>
/// <param name="seed">Where the draws start.</param>
sealed class PicturePreparation(CropRule crop, bool flip, ulong seed)
{
    /// <summary>Whether every visit gives the same picture.</summary>
    public bool IsFixed => crop != CropRule.Random && !flip;

    /// <summary>Decodes a picture, RGB, at its size.</summary>
    /// <exception cref="PixArtException">It is damaged.</exception>
    public Image Decode(byte[] bytes, PictureShape shape, SampleVisit sample, string name)
    {
        var scaled = Image.DecodeScaled(
            bytes, (width, height) => crop == CropRule.Stretch ? (shape.Width, shape.Height) : Cover(width, height, shape), name: name).ToRgb();
        var image = Cropped(scaled, shape, sample);
        return flip && new RandomKey(seed, RandomPurpose.Flip, sample.Index, (int)sample.Visit).Stream().NextInt(2) == 1 ? image.Mirror() : image;
    }

    /// <summary>The smallest size of a picture's shape that covers another, as the repositories compute it.</summary>
    internal static (int Width, int Height) Cover(int width, int height, PictureShape shape) =>
        (double)shape.Height / height > (double)shape.Width / width
            ? (Math.Max(shape.Width, (int)((double)width * shape.Height / height)), shape.Height)
            : (shape.Width, Math.Max(shape.Height, (int)((double)height * shape.Width / width)));

    Image Cropped(Image scaled, PictureShape shape, SampleVisit sample)
    {
        if (scaled.Width == shape.Width && scaled.Height == shape.Height) return scaled;
        if (crop != CropRule.Random) return scaled.CenterCrop(shape.Width, shape.Height);
        var random = new RandomKey(seed, RandomPurpose.Crop, sample.Index, (int)sample.Visit).Stream();
        var (x, y) = ((int)random.NextInt(scaled.Width - shape.Width + 1), (int)random.NextInt(scaled.Height - shape.Height + 1));
        return scaled.Crop(x, y, shape.Width, shape.Height);
    }
}
