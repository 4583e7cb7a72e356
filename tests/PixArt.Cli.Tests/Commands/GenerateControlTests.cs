using PixArt.Imaging;
using PixArt.Pipelines;

namespace PixArt.Cli.Tests.Commands;

/// <summary><c>pixart generate --control</c>.</summary>
public sealed class GenerateControlTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    public GenerateControlTests()
    {
        ControlFolders.Write(_folder["control"], TinyModel.Original);
        var map = Image.Filled(20, 20, new(0, 0, 0));
        map.Pixels.AsSpan(20 * 3 * 8, 20 * 3 * 2).Fill(255);
        map.Save(_folder["map.png"]);
    }

    public void Dispose() => _folder.Dispose();

    Task<int> GenerateAsync(string output, params string[] args) =>
        Shell.RunAsync(["generate", .. args, "--output", _folder[output]], _captured.Terminal, CancellationToken.None);

    string[] Prompt => ["a fox", "--steps", "2", "--seed", "3", "--model", TinyModel.Original];

    [Fact]
    public async Task A_controlled_picture_can_be_repeated_changed_and_freed_of_its_control()
    {
        using var leak = new LeakCheck();
        string[] control = ["--control", $"edges={_folder["map.png"]}", "--control-model", _folder["control"], "--control-strength", "0.9"];
        Assert.Equal(0, await GenerateAsync("one.png", [.. Prompt, .. control]));
        Assert.Equal(0, await GenerateAsync("plain.png", Prompt));
        Assert.Equal(0, await GenerateAsync("again.png", "--from", _folder["one.png"]));
        Assert.Equal(0, await GenerateAsync("weaker.png", "--from", _folder["one.png"], "--control-strength", "0.2"));
        Assert.Equal(0, await GenerateAsync("none.png", "--from", _folder["one.png"], "--control", "none"));
        Assert.Equal(File.ReadAllBytes(_folder["one.png"]), File.ReadAllBytes(_folder["again.png"]));
        Assert.NotEqual(Pixels("one.png"), Pixels("plain.png"));
        Assert.NotEqual(Pixels("one.png"), Pixels("weaker.png"));
        Assert.Equal(Pixels("plain.png"), Pixels("none.png"));
        var settings = GenerationSettings.FromJson(PngMetadata.Read(_folder["one.png"])[GenerationSettings.Keyword], "");
        Assert.Equal((ControlKind.Edges, _folder["map.png"], 0.9, _folder["control"]),
            (settings.Control, settings.ControlImage, settings.ControlStrength, settings.ControlModel));
    }

    [Theory]
    [InlineData("--control is 'sketch=x.png', expected hed=picture.png", "--control", "sketch=x.png")]
    [InlineData("--control is 'map.png'", "--control", "map.png")]
    [InlineData("/nowhere.png", "--control", "edges=/nowhere.png")]
    [InlineData("--control is missing", "--control-strength", "1")]
    [InlineData("control model is missing", "--control", "edges=MAP")]
    [InlineData("control model is '/nowhere'", "--control", "edges=MAP", "--control-model", "/nowhere")]
    [InlineData("control strength is 7", "--control", "edges=MAP", "--control-strength", "7")]
    [InlineData("HED model is missing", "--control", "hed=MAP", "--control-model", "CONTROL")]
    public async Task Bad_control_is_one_line_and_writes_nothing(string says, params string[] args)
    {
        Assert.Equal(2, await GenerateAsync("one.png", [.. Prompt, .. args.Select(arg => arg
            .Replace("MAP", _folder["map.png"], StringComparison.Ordinal).Replace("CONTROL", _folder["control"], StringComparison.Ordinal))]));
        Assert.Contains(says, _captured.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["one.png"]));
    }

    byte[] Pixels(string name) => Image.Load(_folder[name]).Pixels;
}
