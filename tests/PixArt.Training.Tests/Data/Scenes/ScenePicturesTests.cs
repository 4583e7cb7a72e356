using PixArt.Imaging;
using PixArt.TestKit;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class ScenePicturesTests
{
    static readonly SceneObject Avocado = SceneObject.Newcomer("1f951", "avocado");

    [Fact]
    public void Pictures_and_captions_lie_side_by_side()
    {
        using var folder = new TemporaryFolder();
        var asked = new ScenePictures { Count = 3, Seed = 4 };
        var paths = asked.Write(DrawnEmojis.Composer, folder["scenes"]);
        Assert.Equal(["0000.png", "0001.png", "0002.png"], paths.Select(path => Path.GetFileName(path)), StringComparer.Ordinal);
        foreach (var (path, (scene, caption)) in paths.Zip(asked.List()))
        {
            Assert.Equal(caption + "\n", File.ReadAllText(Path.ChangeExtension(path, ".txt")));
            Assert.True(CaptionParser.Parse(caption).IsTrueOf(scene));
            var pixels = new byte[SceneComposer.PictureBytes];
            DrawnEmojis.Composer.Compose(scene, pixels);
            Assert.Equal(pixels, Image.Load(path).Pixels);
        }

        var error = Assert.Throws<PixArtException>(() => asked.Write(DrawnEmojis.Composer, folder["scenes"]));
        Assert.Contains("not empty", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_take_turns_and_the_object_is_always_there()
    {
        var asked = new ScenePictures { Count = 9, Settings = ["Snow", "beach", "moon"], Object = Avocado, SingleShare = 0.3 };
        var scenes = asked.List().ToArray();
        Assert.Equal(["snow", "beach", "moon", "snow", "beach", "moon", "snow", "beach", "moon"], scenes.Select(s => s.Scene.Setting.Name), StringComparer.Ordinal);
        Assert.All(scenes, s => Assert.Single(s.Scene.Objects, placed => placed.Object == Avocado));
        Assert.All(scenes, s => Assert.Contains("avocado", s.Caption, StringComparison.OrdinalIgnoreCase));
        Assert.Contains(scenes, s => s.Scene.Objects.Length == 1);
        Assert.Contains(scenes, s => s.Scene.Objects.Length == 2);
    }

    [Fact]
    public void A_newcomer_is_drawn_from_its_own_picture()
    {
        var composer = new SceneComposer(EmojiAtlas.FromPictures(DrawnEmojis.Draw, Avocado));
        var scene = new ScenePictures { Count = 1, Object = Avocado, SingleShare = 1 }.List().Single().Scene;
        var (with, without) = (new byte[SceneComposer.PictureBytes], new byte[SceneComposer.PictureBytes]);
        composer.Compose(scene, with);
        composer.Compose(scene with { Objects = [] }, without);
        Assert.NotEqual(with, without);
        Assert.Equal("object is 'puppy', expected a noun that the vocabulary does not have ('dog' is its own)",
            Assert.Throws<InvalidSettingException>(() => SceneObject.Newcomer("1f436", "puppy")).Message);
        Assert.Equal("object is ' ', expected a noun", Assert.Throws<InvalidSettingException>(() => SceneObject.Newcomer("1f436", " ")).Message);
    }

    [Theory]
    [InlineData("count is 0, expected 1 or more", 0, 0.5, "snow")]
    [InlineData("singles is 1.5, expected a share from 0 to 1", 1, 1.5, "snow")]
    [InlineData("settings is 'volcano', expected ", 1, 0.5, "volcano")]
    public void What_cannot_be_drawn_is_refused(string message, int count, double singles, string setting)
    {
        var error = Assert.Throws<InvalidSettingException>(() => new ScenePictures { Count = count, SingleShare = singles, Settings = [setting] }.Validate());
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }
}
