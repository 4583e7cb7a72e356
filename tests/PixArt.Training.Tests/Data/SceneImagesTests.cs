using PixArt.Training.Data;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Recipes;
using PixArt.Training.Tests.Data.Scenes;

namespace PixArt.Training.Tests.Data;

public sealed class SceneImagesTests
{
    static readonly DataRecipe s_recipe = new() { Seed = 5, Count = 100 };

    [Fact]
    public void Members_GiveWhatTheListOfScenesGives()
    {
        using IImageData images = new SceneImages(DrawnEmojis.Composer, s_recipe);
        var scenes = new SceneDataset(DrawnEmojis.Composer, s_recipe.Scenes, s_recipe.Seed);
        Assert.Equal(scenes[17].Image.Pixels, images.Get(17).Pixels);
        Assert.Equal(scenes[17].Caption, images.Caption(17, 0));
        Assert.Equal(scenes.CaptionAt(17, 3), images.Caption(17, 3));
        Assert.Equal(scenes.Fingerprint, images.Fingerprint);
        Assert.Equal((100, Scene.Side), (images.Groups[0].Count, images.Groups[0].Width));
    }

    [Fact]
    public void Caption_WithoutComposer_IsTheSame()
    {
        using var images = new SceneImages(null, s_recipe);
        using var drawn = new SceneImages(DrawnEmojis.Composer, s_recipe);
        Assert.Equal(drawn.Caption(3, 9), images.Caption(3, 9));
        Assert.Equal("this list of scenes was opened for its captions only", Assert.Throws<InvalidOperationException>(() => images.Get(3)).Message);
    }
}
