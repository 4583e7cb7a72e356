using PixArt.Imaging;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Tests.Data.Scenes;

public sealed class SceneDatasetTests
{
    [Fact]
    public void A_sample_is_the_same_from_any_thread_and_any_list_of_that_seed()
    {
        var dataset = new SceneDataset(DrawnEmojis.Composer, new(), 5);
        var expected = Enumerable.Range(0, 64).Select(i => dataset[i]).ToArray();
        var again = new SceneDataset(DrawnEmojis.Composer, new(), 5);
        Parallel.For(0, 64, i =>
        {
            var sample = again[i];
            Assert.Equal(expected[i].Caption, sample.Caption);
            Assert.Equal(expected[i].Image.Pixels, sample.Image.Pixels);
        });
    }

    [Fact]
    public void Caption_and_picture_alone_are_those_of_the_sample()
    {
        var dataset = new SceneDataset(DrawnEmojis.Composer, new(), 5);
        var rgb = new byte[SceneComposer.PictureBytes];
        dataset.Draw(long.MaxValue, rgb);
        Assert.Equal(dataset[long.MaxValue].Image.Pixels, rgb);
        Assert.Equal(dataset[long.MaxValue].Caption, dataset.CaptionAt(long.MaxValue));
    }

    [Fact]
    public void Each_visit_phrases_the_caption_anew_and_stays_true()
    {
        var dataset = new SceneDataset(DrawnEmojis.Composer, new(), 5);
        var captions = Enumerable.Range(0, 20).Select(visit => dataset.CaptionAt(17, visit)).ToArray();
        Assert.True(captions.Distinct(StringComparer.Ordinal).Count() > 5);
        Assert.All(captions, caption => Assert.True(CaptionParser.Parse(caption).IsTrueOf(dataset.SceneAt(17))));
    }

    [Fact]
    public void The_fingerprint_tells_other_scenes_apart()
    {
        string Name(SceneDistribution distribution, ulong seed, SceneSplit split = SceneSplit.Training) =>
            new SceneDataset(DrawnEmojis.Composer, distribution, seed, split).Fingerprint;
        Assert.Equal(Name(new(), 1), Name(new(), 1));
        Assert.Distinct([Name(new(), 1), Name(new(), 2), Name(new() { Jitter = false }, 1), Name(new(), 1, SceneSplit.Everything)], StringComparer.Ordinal);
    }

    [Fact]
    public void A_folder_without_the_pictures_is_refused_with_the_command_that_fetches_them()
    {
        var error = Assert.Throws<PixArtException>(() => EmojiAtlas.Load("/nowhere/at all"));
        Assert.Matches("^/nowhere/at all/[0-9a-f-]+.webp is missing \\(the picture of the .*\\), fetch the pictures with: recipes/fetch-fluent-emoji /nowhere/at all$", error.Message);
    }

    [Fact]
    public void A_picture_of_another_size_is_told()
    {
        using var folder = new TemporaryFolder();
        foreach (var thing in SceneVocabulary.Objects) Image.Filled(8, 8, Rgb.White).Save(folder[thing.CodePoint + ".webp"]);
        Assert.EndsWith(".webp is 8x8 with 3 channels, expected 256x256 with alpha", Assert.Throws<PixArtException>(() => EmojiAtlas.Load(folder.Path)).Message, StringComparison.Ordinal);
    }
}
