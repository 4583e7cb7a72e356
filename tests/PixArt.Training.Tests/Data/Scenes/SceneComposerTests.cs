using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class SceneComposerTests
{
    private static readonly SceneObject Fox = SceneVocabulary.FindObject("fox")!;
    private static readonly SceneObject Star = SceneVocabulary.FindObject("star")!;
    private static readonly SceneObject Fish = SceneVocabulary.FindObject("fish")!;

    [Fact]
    public void An_object_stands_on_the_ground_line_at_its_place_in_its_size()
    {
        var (left, top, right, bottom) = Changed("meadow", new PlacedObject(Fox, ObjectSize.Normal, HappyFace: false, 64));
        Assert.Equal((36, 91), (left, right));
        Assert.Equal(52, top);
        Assert.InRange(bottom, 107, 113); // The shadow reaches below the ground line.
    }

    [Fact]
    public void A_star_hovers_and_a_fish_swims_only_under_water()
    {
        Assert.True(Changed("meadow", Single(Star)).Top < Changed("meadow", Single(Fox)).Top);
        Assert.True(Changed("underwater", Single(Fish)).Top < Changed("meadow", Single(Fish)).Top);
        Assert.Equal(Changed("meadow", Single(Fox)).Top, Changed("underwater", Single(Fox)).Top);
    }

    [Fact]
    public void A_happy_face_changes_the_picture()
    {
        var cactus = SceneVocabulary.FindObject("cactus")!;
        Assert.NotEqual(Draw("desert", Single(cactus)), Draw("desert", Single(cactus) with { HappyFace = true }));
    }

    [Fact]
    public void An_object_at_the_edge_is_cut_off_and_not_wrapped()
    {
        var (left, _, right, _) = Changed("meadow", new PlacedObject(Fox, ObjectSize.Large, HappyFace: false, 0));
        Assert.Equal(0, left);
        Assert.InRange(right, 36, 40);
    }

    [Fact]
    public void The_variants_and_settings_all_differ()
    {
        var pictures = SceneVocabulary.Settings.SelectMany(setting => Enumerable.Range(0, Scene.Variants)
            .Select(variant => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Draw(setting.Name, null, variant)))));
        Assert.Distinct(pictures, StringComparer.Ordinal);
    }

    [Fact]
    public void A_background_covers_every_pixel() => Assert.All(SceneVocabulary.Settings, setting =>
    {
        // Unpainted canvas is pure black, which no setting uses.
        var picture = Draw(setting.Name, null);
        for (var i = 0; i < picture.Length; i += 3)
            Assert.True(picture[i] + picture[i + 1] + picture[i + 2] > 0, $"{setting}: pixel {i / 3 % 128}, {i / 3 / 128} is not painted");
    });

    [Fact]
    public void A_span_that_is_too_short_is_refused()
    {
        var scene = new SceneSampler(new(), 0)[0];
        Assert.StartsWith("49151 bytes cannot hold a scene of 49152", Assert.Throws<ArgumentException>(() => DrawnEmojis.Composer.Compose(scene, new byte[SceneComposer.PictureBytes - 1])).Message, StringComparison.Ordinal);
    }

    private static PlacedObject Single(SceneObject thing) => new(thing, ObjectSize.Normal, HappyFace: false, 64);

    private static byte[] Draw(string setting, PlacedObject? placed, int variant = 2)
    {
        var rgb = new byte[SceneComposer.PictureBytes];
        DrawnEmojis.Composer.Compose(
            new Scene(SceneVocabulary.FindSetting(setting)!, placed is null ? [] : [placed], variant, 108, (1, 1, 1)), rgb);
        return rgb;
    }

    // The box of pixels that the object changed.
    private static (int Left, int Top, int Right, int Bottom) Changed(string setting, PlacedObject placed)
    {
        var (before, after) = (Draw(setting, null), Draw(setting, placed));
        var (left, top, right, bottom) = (128, 128, -1, -1);
        for (var i = 0; i < before.Length; i += 3)
        {
            if (before.AsSpan(i, 3).SequenceEqual(after.AsSpan(i, 3)))
                continue;
            var (x, y) = (i / 3 % 128, i / 3 / 128);
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
        }

        return (left, top, right, bottom);
    }
}
