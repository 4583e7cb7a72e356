namespace PixArt.Cli.Tests.Commands;

public sealed class TrainCommandTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    Task<int> TrainAsync(params string[] args) => Shell.RunAsync(["train", .. args], _captured.Terminal, CancellationToken.None);

    string Recipe()
    {
        var path = _folder["recipe.json"];
        File.WriteAllText(path, $$"""
            { // a comment
              "kind": "tokenizer", "output": "{{_folder["out"]}}", "captions": 300, "vocabularySize": 200,
            }
            """);
        return path;
    }

    [Fact]
    public async Task A_recipe_is_done_and_says_where_the_result_is()
    {
        Assert.Equal(0, await TrainAsync(Recipe()));
        Assert.Equal($"result: {_folder["out"]}\n", _captured.Error);
        Assert.True(File.Exists(Path.Combine(_folder["out"], "tokenizer", "spiece.model")));
    }

    [Fact]
    public async Task Print_shows_the_whole_recipe_with_overrides_and_does_nothing()
    {
        Assert.Equal(0, await TrainAsync(Recipe(), "--print", "--set", "captions=7", "--set", "data.scenes.singleShare=0.5"));
        Assert.Contains("\"captions\": 7", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("\"singleShare\": 0.5", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("\"maxTokens\": 120", _captured.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("caption=5", "did you mean 'captions'?")]
    [InlineData("captions=0", "captions is 0")]
    [InlineData("captions", "--set")]
    [InlineData("kind=model", "kind is")]
    public async Task A_bad_field_is_one_line_and_nothing_is_written(string set, string told)
    {
        Assert.Equal(2, await TrainAsync(Recipe(), "--set", set));
        Assert.Contains(told, _captured.Error, StringComparison.Ordinal);
        Assert.Equal(1, _captured.Error.Count(c => c == '\n'));
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public async Task A_recipe_that_is_not_there_exits_2() => Assert.Equal(2, await TrainAsync("/nowhere/recipe.json"));

    [Fact]
    public async Task An_output_that_cannot_be_written_exits_2()
    {
        Assert.Equal(2, await TrainAsync(Recipe(), "--set", "output=/proc/training"));
        Assert.Contains("/proc/training", _captured.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
