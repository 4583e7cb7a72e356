namespace PixArt.Cli.Tests.Commands;

public sealed class ExtractCommandTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    Task<int> ExtractAsync(params string[] args) => Shell.RunAsync(["extract", .. args], _captured.Terminal, CancellationToken.None);

    string Recipe()
    {
        var path = _folder["recipe.json"];
        File.WriteAllText(path, $$"""
            {
              "kind": "features", "output": "{{_folder["out"]}}", "layout": "sigma", "resolution": 256,
              "data": { "kind": "dataInfo", "folder": "{{_folder["data"]}}" }, "autoencoder": "{{_folder["vae"]}}",
            }
            """);
        return path;
    }

    [Fact]
    public async Task Print_shows_the_whole_recipe_and_does_nothing()
    {
        Assert.Equal(0, await ExtractAsync(Recipe(), "--print", "--set", "batchSize=3"));
        Assert.Contains("\"batchSize\": 3", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("\"longCaptions\": false", _captured.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("resolution is 300", "--set", "resolution=300")]
    [InlineData("did you mean 'autoencoder'?", "--set", "autoencodr=x")]
    [InlineData("data.kind is", "--set", "data.kind=webDataset")]
    [InlineData("longCaptions is", "--set", "layout=alpha", "--set", "longCaptions=true")]
    [InlineData("tokenizer is", "--set", "textEncoder=t5")]
    [InlineData("rank is 2", "--rank", "2", "--world", "2")]
    [InlineData("no flip", "--set", "data.flip=true")]
    [InlineData("data.folder is", "--rank", "0")]
    public async Task What_cannot_be_done_is_one_line_and_nothing_is_written(string told, params string[] args)
    {
        Assert.Equal(2, await ExtractAsync([Recipe(), .. args]));
        Assert.Contains(told, _captured.Error, StringComparison.Ordinal);
        Assert.Equal(1, _captured.Error.Count(c => c == '\n'));
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task Train_points_to_extract()
    {
        Assert.Equal(2, await Shell.RunAsync(["train", Recipe()], _captured.Terminal, CancellationToken.None));
        Assert.Contains("pixart extract", _captured.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
