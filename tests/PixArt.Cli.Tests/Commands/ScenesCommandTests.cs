namespace PixArt.Cli.Tests.Commands;

public sealed class ScenesCommandTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--object is 'griffin', expected an object that the model knows, or an emoji's file name and a noun: 1f951=avocado", "--object", "griffin")]
    [InlineData("--object is 'a=b=c', expected a name, or an emoji's file name and a noun: 1f951=avocado", "--object", "a=b=c")]
    [InlineData("object is '', expected a noun", "--object", "1f951=")]
    [InlineData("count is 0, expected 1 or more", "--count", "0")]
    [InlineData("singles is 2, expected a share from 0 to 1", "--singles", "2")]
    [InlineData("recipes/fetch-fluent-emoji", "--data", "/nowhere")]
    public async Task Bad_input_is_one_line_and_writes_nothing(string says, params string[] args)
    {
        Assert.Equal(2, await Shell.RunAsync(["scenes", "--output", _folder["out"], .. args], _captured.Terminal, CancellationToken.None));
        Assert.Contains(says, _captured.Error, StringComparison.Ordinal);
        Assert.Equal(1, _captured.Error.Count(c => c == '\n'));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
