using PixArt.Cli.Generation;
using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.TestKit.Hub;

namespace PixArt.Cli.Tests.Commands;

/// <summary>Hub ids where commands take models.</summary>
public sealed class HubEverywhereTests : IDisposable
{
    readonly HubEnvironment _environment = new();
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _environment.Dispose();
        _folder.Dispose();
    }

    FakeRepository Tiny() => _environment.Hub.Add("someone/tiny").AddFolder(TinyModel.Original);

    async Task RunAsync(params string[] args) => Assert.True(await Shell.RunAsync(args, _captured.Terminal, CancellationToken.None) == 0, _captured.Error);

    [Fact]
    public async Task Generate_tells_the_licence_of_a_model_of_the_hub_once()
    {
        Tiny();
        await RunAsync("generate", "a fox", "--model", "someone/tiny", "--steps", "1", "--output", _folder["a.png"], "--no-prompt-cache");
        Assert.Single(_captured.Error.Split('\n'), "licence of someone/tiny, as its card states it: openrail++");
        await RunAsync("generate", "a fox", "--model", TinyModel.Original, "--steps", "1", "--output", _folder["b.png"], "--no-prompt-cache");
        Assert.Single(_captured.Error.Split('\n'), line => line.StartsWith("licence", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(_folder["a.png"]).Length > 0, File.Exists(_folder["b.png"]));
    }

    [Fact]
    public async Task Convert_takes_models_and_files_of_the_hub()
    {
        Tiny();
        _environment.Hub.Add("someone/files").Add("in/x.safetensors", File.ReadAllBytes(Path.Combine(TinyModel.Original, "transformer", "diffusion_pytorch_model.safetensors")));
        await RunAsync("convert", "someone/tiny", _folder["whole"]);
        Assert.True(File.Exists(Path.Combine(_folder["whole"], "model_index.json")));
        await RunAsync("convert", "someone/files:in/x.safetensors", _folder["x.pth"]);
        await RunAsync("convert", "someone/files:in/x.safetensors", _folder["based"], "--base", "someone/tiny", "--resolution", "32", "--heads", "3", "--interpolation-scale", "1");
        Assert.True(File.Exists(Path.Combine(_folder["based"], "vae", "config.json")));
    }

    [Fact]
    public async Task Merge_takes_transformers_of_the_hub()
    {
        Tiny();
        await RunAsync("merge", "someone/tiny", Path.Combine(TinyModel.Original, "transformer"), "-o", _folder["merged"]);
        Assert.True(File.Exists(Path.Combine(_folder["merged"], "config.json")));
    }

    [Fact]
    public async Task A_recipe_names_models_by_hub_ids()
    {
        var repository = Tiny();
        Directory.CreateDirectory(_folder["pictures"]);
        Image.Filled(32, 32, new(200, 30, 9)).Save(Path.Combine(_folder["pictures"], "a.png"));
        File.WriteAllText(Path.Combine(_folder["pictures"], "a.txt"), "a red square");
        File.WriteAllText(_folder["recipe.json"], $$"""
            {
              "kind": "transformer", "output": "{{_folder["run"]}}", "from": "someone/tiny", "tokenizer": "someone/tiny@main", "textEncoder": {"from": "someone/tiny"},
              "latents": {"autoencoder": "someone/tiny"}, "steps": 1, "batchSize": 1, "schedule": {"warmupSteps": 0}, "report": {"samplesEveryMinutes": null},
              "data": {"kind": "folder", "folder": "{{_folder["pictures"]}}", "size": 32}
            }
            """);
        await RunAsync("train", _folder["recipe.json"]);
        var written = File.ReadAllText(Path.Combine(_folder["run"], "recipe.json"));
        foreach (var component in (string[])["transformer", "tokenizer", "text_encoder", "vae"])
            Assert.Contains($"/snapshots/{repository.Commit}/{component}\"", written, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder["run"], "transformer", "config.json")));
    }

    [Fact]
    public async Task A_recipe_with_a_model_that_nobody_has_is_one_line()
    {
        File.WriteAllText(_folder["recipe.json"], $$"""{"kind": "features", "output": "{{_folder["run"]}}", "autoencoder": "no/where", "data": {"kind": "folder", "folder": "{{_folder.Path}}"} }""");
        Assert.Equal(2, await Shell.RunAsync(["extract", _folder["recipe.json"]], _captured.Terminal, CancellationToken.None));
        Assert.StartsWith("pixart: there is no file or folder no/where, and as a hub id: ", Assert.Single(_captured.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/b@low=0.5", "a/b", 0.5, "low")]
    [InlineData("a/b:x.safetensors@low", "a/b:x.safetensors", 1.0, "low")]
    [InlineData("a/b@v1:x.safetensors@low=2", "a/b@v1:x.safetensors", 2.0, "low")]
    [InlineData("a/b@v1:", "a/b@v1:", 1.0, null)]
    [InlineData("a/b@v1:x.safetensors", "a/b@v1:x.safetensors", 1.0, null)]
    public void An_adapter_has_a_revision_before_the_colon_and_an_expert_after_it(string text, string path, double weight, string? expert) =>
        Assert.Equal([new AdapterChoice(path, weight, expert)], AdapterTexts.Read([text])!);
}
