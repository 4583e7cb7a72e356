using System.Text.Json;
using PixArt.Cli.Generation;

namespace PixArt.Cli.Tests.Commands;

/// <summary><c>pixart evaluate --control</c>, with the shipped model and a ControlNet of random weights.</summary>
public sealed class EvaluateControlTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _model = ModelLookup.Find("--model", ModelLookup.Default);

    public EvaluateControlTests()
    {
        DrawnEmojis.Write(_folder["emojis"]);
        ControlFolders.Write(_folder["control"], _model);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Pictures_follow_the_edges_of_their_scenes_and_strength_0_gives_those_without()
    {
        using var leak = new LeakCheck();
        await EvaluateAsync("plain", "--batch", "1");
        string[] control = ["--control", "gradient", "--control-model", _folder["control"]];
        var steered = await EvaluateAsync("steered", control);
        var none = await EvaluateAsync("none", [.. control, "--control-strength", "0"]);
        Assert.Equal(Sheet("plain"), Sheet("none"));
        Assert.NotEqual(Sheet("plain"), Sheet("steered"));
        Assert.InRange(none.F1, 0, 100);
        Assert.NotEqual(none, steered);
        Assert.Contains("control gradient " + _folder["control"] + ", strength 0", File.ReadAllText(_folder["none/report.md"]), StringComparison.Ordinal);
        Assert.DoesNotContain("edges", File.ReadAllText(_folder["plain/report.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_control_model_without_weights_is_told_before_any_work()
    {
        var captured = new Captured();
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Equal(2, await Shell.RunAsync(Arguments("bad", "--control", "gradient", "--control-model", _folder["empty"]), captured.Terminal, CancellationToken.None));
        Assert.Contains(_folder["empty"], captured.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["recognizer.safetensors"]));
    }

    async Task<(double F1, double Precision, double Recall)> EvaluateAsync(string output, params string[] args)
    {
        var captured = new Captured();
        Assert.True(await Shell.RunAsync(Arguments(output, args), captured.Terminal, CancellationToken.None) == 0, captured.Error);
        using var report = JsonDocument.Parse(File.ReadAllBytes(_folder[$"{output}/report.json"]));
        double Figure(string name) => report.RootElement.TryGetProperty($"edges_{name}_percent", out var figure) ? figure.GetDouble() : double.NaN;
        if (args.Contains("--control", StringComparer.Ordinal)) Assert.Contains("| edges followed, F1 |", captured.Out, StringComparison.Ordinal);
        return (Figure("f1"), Figure("precision"), Figure("recall"));
    }

    string[] Arguments(string output, params string[] args) =>
    [
        "evaluate", "--model", _model, "--data", _folder["emojis"], "--recognizer", _folder["recognizer.safetensors"], "--recognizer-steps", "1",
        "--prompts", "2", "--steps", "2", "--autoencoder-scenes", "1", "--output", _folder[output], .. args,
    ];

    byte[] Sheet(string output) => File.ReadAllBytes(_folder[$"{output}/sheet.png"]);
}
