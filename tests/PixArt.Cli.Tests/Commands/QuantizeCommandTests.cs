namespace PixArt.Cli.Tests.Commands;

public sealed class QuantizeCommandTests : IDisposable
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

    [Fact]
    public async Task A_quantised_model_is_smaller_and_makes_pictures()
    {
        Assert.Equal(0, await RunAsync("quantize", TinyModel.Original, "-o", _folder["small"]));
        Assert.Equal(_folder["small"] + "\n", _captured.Out);
        Assert.Contains("text_encoder: ", _captured.Error, StringComparison.Ordinal);
        Assert.Contains("transformer: ", _captured.Error, StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("generate", "a fox", "--steps", "2", "--seed", "1", "--model", _folder["small"], "--output", _folder["fox.png"]));
        Assert.True(File.Exists(_folder["fox.png"]));
        Assert.Equal(0, await RunAsync("inspect", _folder["small"]));
        Assert.Contains("I8", _captured.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not there yet")]
    [InlineData("components is 'vae', expected text_encoder, transformer", "--only", "vae")]
    public async Task Bad_input_is_one_line(string says, params string[] more)
    {
        var output = more.Length == 0 ? _folder.Path : _folder["small"];
        Assert.Equal(2, await RunAsync(["quantize", TinyModel.Original, "--output", output, .. more]));
        Assert.Contains(says, _captured.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
