using PixArt.Imaging;

namespace PixArt.Training.Data.Scenes;

/// <summary>Every object of the vocabulary, scaled once to the sizes that scenes use, with and without a happy face.</summary>
public sealed class EmojiAtlas
{
    private const int SourceSide = 256;
    private static readonly int[] PixelSizes = [40, 56, 80];
    private readonly Sprite[] _sprites;

    private EmojiAtlas(Sprite[] sprites) => _sprites = sprites;

    /// <summary>Reads the Fluent Emoji 3D pictures, one WebP file with alpha per code point.</summary>
    /// <param name="folder">Where recipes/fetch-fluent-emoji put them, for example artifacts/data/fluent-emoji-3d.</param>
    /// <param name="newcomer">An object beside those of the vocabulary (<see cref="SceneObject.Newcomer"/>), or null.</param>
    /// <exception cref="PixArtException">A picture is missing, damaged or of another size.</exception>
    public static EmojiAtlas Load(string folder, SceneObject? newcomer = null) => FromPictures(thing => LoadPicture(folder, thing), newcomer);

    internal static EmojiAtlas FromPictures(Func<SceneObject, Image> picture, SceneObject? newcomer = null)
    {
        SceneObject[] things = [.. SceneVocabulary.Objects, .. newcomer is null ? (SceneObject[])[] : [newcomer]];
        var sprites = new Sprite[things.Length * PixelSizes.Length * 2];
        foreach (var thing in things)
        {
            var plain = picture(thing);
            var smiling = thing.Face is { } face ? HappyFace.DrawOn(plain, face) : null;
            foreach (var pixels in PixelSizes)
            {
                var sprite = Sprite.FromPicture(plain, pixels);
                sprites[Slot(thing, pixels, happy: false)] = sprite;
                sprites[Slot(thing, pixels, happy: true)] = smiling is null ? sprite : Sprite.FromPicture(smiling, pixels);
            }
        }

        return new EmojiAtlas(sprites);
    }

    internal Sprite Get(SceneObject thing, int pixels, bool happy) => _sprites[Slot(thing, pixels, happy)];

    private static Image LoadPicture(string folder, SceneObject thing)
    {
        var path = Path.Combine(folder, thing.CodePoint + ".webp");
        if (!File.Exists(path))
            throw new PixArtException($"{path} is missing (the picture of the {thing.Name}), fetch the pictures with: recipes/fetch-fluent-emoji {folder}");
        var picture = Image.Load(path);
        return picture is { Width: SourceSide, Height: SourceSide, Channels: 4 }
            ? picture
            : throw new PixArtException($"{path} is {picture.Width}x{picture.Height} with {picture.Channels} channels, expected {SourceSide}x{SourceSide} with alpha");
    }

    private static int Slot(SceneObject thing, int pixels, bool happy) =>
        (thing.Index * PixelSizes.Length + Array.IndexOf(PixelSizes, pixels)) * 2 + (happy ? 1 : 0);
}
