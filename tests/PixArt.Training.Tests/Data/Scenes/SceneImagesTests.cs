using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class SceneImagesTests
{
    [Fact]
    public void The_images_are_those_of_the_scenes_and_each_visit_has_its_caption()
    {
        var scenes = new SceneDataset(DrawnEmojis.Composer, new(), 5);
        using var images = new SceneImages(scenes, count: 10);
        Assert.Equal(10, images.Count);
        Assert.Equal(scenes[9].Image.Pixels, images.Get(9).Pixels);
        Assert.Equal(scenes[9].Caption, images.Caption(9, 0));
        Assert.Equal(scenes.CaptionAt(9, 3), images.Caption(9, 3));
        Assert.Equal(scenes.Fingerprint, images.Fingerprint);
    }

    [Fact]
    public void Without_a_count_they_never_end()
    {
        using var images = new SceneImages(new SceneDataset(DrawnEmojis.Composer, new(), 5));
        Assert.Equal(long.MaxValue, images.Count);
    }

    [Fact]
    public void A_count_below_one_is_refused() =>
        Assert.Throws<InvalidSettingException>(() => new SceneImages(new SceneDataset(DrawnEmojis.Composer, new(), 5), count: 0));
}
