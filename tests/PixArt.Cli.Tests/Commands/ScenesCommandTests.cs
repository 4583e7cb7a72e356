using PixArt.Imaging;
using PixArt.Training.Data.Scenes;

namespace PixArt.Cli.Tests.Commands;

public sealed class ScenesCommandTests(ScenesCommandTests.Emojis emojis) : IClassFixture<ScenesCommandTests.Emojis>, IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    Task<int> ScenesAsync(params string[] args) => Shell.RunAsync(["scenes", .. args], _captured.Terminal, CancellationToken.None);

    Task<int> DrawnAsync(params string[] args) => ScenesAsync(["--data", emojis.Folder, .. args]);

    [Fact]
    public async Task Scenes_are_pictures_with_captions_that_the_same_words_give_again()
    {
        string[] asked = ["--count", "4", "--settings", "snow, moon", "--object", "1f951=avocado", "--singles", "0.5"];
        Assert.Equal(0, await DrawnAsync([.. asked, "--seed", "3", "-o", _folder["one"]]));
        var paths = _captured.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(Enumerable.Range(0, 4).Select(i => _folder[$"one/000{i}.png"]), paths, StringComparer.Ordinal);
        foreach (var (path, setting) in paths.Zip((string[])["snow", "moon", "snow", "moon"]))
        {
            var caption = File.ReadAllText(Path.ChangeExtension(path, ".txt"));
            Assert.Contains("avocado", caption, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(SceneVocabulary.FindSetting(setting)!.Phrases, phrase => caption.Contains(phrase, StringComparison.OrdinalIgnoreCase));
            Assert.Equal((Scene.Side, Scene.Side), (Image.Load(path).Width, Image.Load(path).Height));
        }

        Assert.Equal(0, await DrawnAsync([.. asked, "--seed", "3", "-o", _folder["two"]]));
        Assert.All(paths, path => Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(path.Replace("one", "two", StringComparison.Ordinal))));
        Assert.Equal(0, await DrawnAsync([.. asked, "--seed", "4", "-o", _folder["three"]]));
        Assert.NotEqual(File.ReadAllBytes(paths[0]), File.ReadAllBytes(_folder["three/0000.png"]));
    }

    [Fact]
    public async Task Held_out_scenes_show_pairs_that_training_never_shows()
    {
        Assert.Equal(0, await DrawnAsync("--count", "3", "--singles", "0", "--held-out", "-o", _folder["held"]));
        var asked = new ScenePictures { Count = 3, SingleShare = 0, Split = SceneSplit.HeldOutPairs };
        Assert.Equal(asked.List().Select(scene => scene.Caption + "\n"), Directory.GetFiles(_folder["held"], "*.txt").Order(StringComparer.Ordinal).Select(File.ReadAllText), StringComparer.Ordinal);
        Assert.All(asked.List(), scene => Assert.Equal(2, scene.Scene.Objects.Length));
    }

    [Theory]
    [InlineData("settings is 'volcano', expected", "--settings", "snow,volcano")]
    [InlineData("1f994.webp is missing (the picture of the hedgehog)", "--object", "1f994=hedgehog")]
    public async Task What_cannot_be_drawn_is_told_and_nothing_is_written(string says, params string[] args)
    {
        Assert.Equal(2, await DrawnAsync(["-o", _folder["out"], .. args]));
        Assert.Contains(says, _captured.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task A_folder_with_something_in_it_is_left_alone()
    {
        File.WriteAllText(_folder["note.txt"], "mine");
        Assert.Equal(2, await DrawnAsync("-o", _folder.Path));
        Assert.Contains("is not empty, expected a new folder", _captured.Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("--object is 'griffin', expected an object that the model knows, or an emoji's file name and a noun: 1f951=avocado", "--object", "griffin")]
    [InlineData("--object is 'a=b=c', expected a name, or an emoji's file name and a noun: 1f951=avocado", "--object", "a=b=c")]
    [InlineData("object is '', expected a noun", "--object", "1f951=")]
    [InlineData("count is 0, expected 1 or more", "--count", "0")]
    [InlineData("singles is 2, expected a share from 0 to 1", "--singles", "2")]
    [InlineData("recipes/fetch-fluent-emoji", "--data", "/nowhere")]
    public async Task Bad_input_is_one_line_and_writes_nothing(string says, params string[] args)
    {
        Assert.Equal(2, await ScenesAsync(["--output", _folder["out"], .. args]));
        Assert.Contains(says, _captured.Error, StringComparison.Ordinal);
        Assert.Equal(1, _captured.Error.Count(c => c == '\n'));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    public sealed class Emojis : IDisposable
    {
        readonly TemporaryFolder _folder = new();

        public Emojis() => DrawnEmojis.Write(Folder, "1f951");

        public string Folder => _folder["emojis"];

        public void Dispose() => _folder.Dispose();
    }
}
