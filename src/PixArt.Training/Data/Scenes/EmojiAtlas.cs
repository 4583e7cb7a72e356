namespace PixArt.Training.Data.Scenes;

/// <summary>Every object of the vocabulary, scaled once to the sizes that scenes use, with and without a happy face.</summary>
public sealed class EmojiAtlas
{
    private static readonly int[] PixelSizes = [40, 56, 80];
    private readonly Sprite[] _sprites;

    private EmojiAtlas(Sprite[] sprites) => _sprites = sprites;

    internal static EmojiAtlas FromPictures(Func<SceneObject, EmojiPicture> picture)
    {
        var sprites = new Sprite[SceneVocabulary.Objects.Length * PixelSizes.Length * 2];
        foreach (var thing in SceneVocabulary.Objects)
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

    private static int Slot(SceneObject thing, int pixels, bool happy) =>
        (thing.Index * PixelSizes.Length + Array.IndexOf(PixelSizes, pixels)) * 2 + (happy ? 1 : 0);
}
