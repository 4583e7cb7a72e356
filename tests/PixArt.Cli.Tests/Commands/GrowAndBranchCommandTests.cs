namespace PixArt.Cli.Tests.Commands;

public sealed class GrowAndBranchCommandTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();
    readonly LeakCheck _leak = new();

    public void Dispose()
    {
        _folder.Dispose();
        _leak.Dispose();
    }

    Task<int> RunAsync(params string[] args) => Shell.RunAsync(args, _captured.Terminal, CancellationToken.None);

    Task<int> GenerateAsync(string model, string picture) =>
        RunAsync("generate", "a fox", "--steps", "3", "--seed", "1", "--model", model, "--output", _folder[picture]);

    [Fact]
    public async Task A_model_branches_grows_and_draws_the_same()
    {
        Assert.Equal(0, await RunAsync("branch", TinyModel.Original, "-o", _folder["pair"], "--split", "400", "--split", "700"));
        Assert.Equal(_folder["pair"] + "\n", _captured.Out);
        Assert.StartsWith("t700-999: ", _captured.Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("grow", _folder["pair"], "-o", _folder["deep"], "--method", "identity", "--layers", "4"));
        Assert.Contains("transformer_t400-699: 2 -> 4 blocks, ", _captured.Error, StringComparison.Ordinal);
        Assert.Equal(0, await GenerateAsync(TinyModel.Original, "parent.png"));
        Assert.Equal(0, await GenerateAsync(_folder["deep"], "deep.png"));
        Assert.Equal(Imaging.Image.Load(_folder["parent.png"]).Pixels, Imaging.Image.Load(_folder["deep.png"]).Pixels);
    }

    [Theory]
    [InlineData("split is 1000, expected 1 to 999", "branch", "--split", "1000")]
    [InlineData("method is 'solar', expected overlap or identity", "grow", "--method", "solar")]
    [InlineData("layers is 2, expected more than the model's 2", "grow", "--layers", "2")]
    public async Task Bad_input_is_one_line_and_nothing_is_written(string told, params string[] args)
    {
        Assert.Equal(2, await RunAsync([args[0], TinyModel.Original, "-o", _folder["out"], .. args[1..]]));
        Assert.Contains(told, _captured.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
