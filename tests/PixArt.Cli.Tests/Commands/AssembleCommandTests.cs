using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Text;

namespace PixArt.Cli.Tests.Commands;

public sealed class AssembleCommandTests : IDisposable
{
    readonly Captured _captured = new();
    readonly TemporaryFolder _folder = new();
    readonly TinyModel _model = new();
    readonly LeakCheck _leak = new();

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
        _leak.Dispose();
    }

    string Expert(string name, int low, int high, string prediction = "epsilon")
    {
        var folder = _folder[name];
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(Path.Combine(_model.Path, "transformer")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "training.json"), $$"""{ "low": {{low}}, "high": {{high}}, "prediction": "{{prediction}}", "step": 1 }""");
        return folder;
    }

    Task<int> AssembleAsync(string output, params string[] more) => Shell.RunAsync(
        [
            "assemble", "--text-encoder", Path.Combine(_model.Path, "text_encoder"), "--tokenizer", Path.Combine(_model.Path, "tokenizer"),
            "--vae", Path.Combine(_model.Path, "vae"), "--output", _folder[output], .. more,
        ],
        _captured.Terminal, CancellationToken.None);

    Task<int> GenerateAsync(string model, string picture) => Shell.RunAsync(
        ["generate", "a fox", "--steps", "4", "--seed", "1", "--model", model, "--output", _folder[picture]], _captured.Terminal, CancellationToken.None);

    [Fact]
    public async Task Experts_that_are_the_same_model_make_the_single_models_picture()
    {
        Assert.Equal(0, await AssembleAsync("single", "--transformer", Expert("whole", 0, 1000)));
        Assert.Equal(0, await AssembleAsync("pair", "--transformer", Expert("fine", 0, 400), "--transformer", Expert("coarse", 400, 1000)));
        Assert.True(File.Exists(_folder["pair/experts.json"]));
        Assert.False(File.Exists(_folder["single/experts.json"]));
        Assert.Equal(0, await GenerateAsync(_model.Path, "original.png"));
        Assert.Equal(0, await GenerateAsync(_folder["single"], "single.png"));
        Assert.Equal(0, await GenerateAsync(_folder["pair"], "pair.png"));
        Assert.Equal(Image.Load(_folder["original.png"]).Pixels, Image.Load(_folder["single.png"]).Pixels);
        Assert.Equal(Image.Load(_folder["original.png"]).Pixels, Image.Load(_folder["pair.png"]).Pixels);
    }

    [Fact]
    public async Task An_adapter_becomes_the_expert_of_its_timesteps()
    {
        Directory.CreateDirectory(_folder["adapter"]);
        var adapter = TinyAdapter.Write(_folder["adapter/pytorch_lora_weights.safetensors"]);
        File.WriteAllText(_folder["adapter/training.json"], """{ "low": 0, "high": 400, "prediction": "epsilon", "step": 1 }""");
        Assert.Equal(0, await AssembleAsync("adapted", "--transformer", Expert("whole", 0, 1000), "--adapter", _folder["adapter"]));
        Assert.Equal(0, await GenerateAsync(_folder["adapted"], "adapted.png"));
        Assert.Equal(0, await Shell.RunAsync(
            ["generate", "a fox", "--steps", "4", "--seed", "1", "--model", _model.Path, "--expert", _model.Path, "--adapter", adapter + "@detail expert", "--output", _folder["pair.png"]],
            _captured.Terminal, CancellationToken.None));
        Assert.Equal(Image.Load(_folder["pair.png"]).Pixels, Image.Load(_folder["adapted.png"]).Pixels);
        Assert.Equal(2, await AssembleAsync("refused", "--transformer", Expert("part", 0, 300), "--adapter", _folder["adapter"]));
        Assert.Contains("adapters is [0, 400), expected timesteps of the transformer's that no other adapter has", _captured.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_in_half_the_bytes_make_a_model_that_inspect_describes()
    {
        Assert.Equal(0, await AssembleAsync("half", "--transformer", Expert("whole", 0, 1000), "--dtype", "bf16"));
        Assert.Equal(0, await Shell.RunAsync(["inspect", _folder["half"]], _captured.Terminal, CancellationToken.None));
        Assert.Contains("transformer: PixArtTransformer2DModel\n", _captured.Out, StringComparison.Ordinal);
        Assert.Contains("BF16", _captured.Out, StringComparison.Ordinal);
        Assert.Equal(0, await GenerateAsync(_folder["half"], "half.png"));
    }

    [Fact]
    public async Task What_a_model_recommends_is_used_where_nothing_is_said()
    {
        Assert.Equal(0, await AssembleAsync("model", "--transformer", Expert("whole", 0, 1000), "--steps", "3", "--guidance", "2.5", "--captions", "raw", "--max-tokens", "40"));
        Assert.Equal(0, await Shell.RunAsync(["generate", "a fox", "--model", _folder["model"], "--output", _folder["x.png"]], _captured.Terminal, CancellationToken.None));
        var settings = GenerationSettings.FromJson(PngMetadata.Read(_folder["x.png"])[GenerationSettings.Keyword], "x.png");
        Assert.Equal((3, 2.5, CaptionPreparation.Raw, 40), (settings.Steps, settings.GuidanceScale, settings.CaptionPreparation, settings.MaxSequenceLength));
    }

    [Theory]
    [InlineData("--steps", "0")]
    [InlineData("--guidance", "NaN")]
    [InlineData("--max-tokens", "0")]
    public async Task What_no_model_can_recommend_is_refused(params string[] args)
    {
        Assert.Equal(2, await AssembleAsync("bad", ["--transformer", Expert("whole", 0, 1000), .. args]));
        Assert.False(Path.Exists(_folder["bad"]));
    }

    [Theory]
    [InlineData(0, 300, 400, 1000, "epsilon", "300")]
    [InlineData(0, 400, 400, 1000, "velocity", "predict the same")]
    public async Task Experts_that_do_not_fit_are_refused(int low, int high, int low2, int high2, string prediction, string says)
    {
        var code = await AssembleAsync("bad", "--transformer", Expert("a", low, high, prediction), "--transformer", Expert("b", low2, high2));
        Assert.Equal(2, code);
        Assert.Contains(says, _captured.Error, StringComparison.Ordinal);
        Assert.Equal<string?>(["a", "b"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Parts_that_make_no_model_are_told()
    {
        Directory.CreateDirectory(_folder["adapter"]);
        TinyAdapter.Write(_folder["adapter/pytorch_lora_weights.safetensors"]);
        File.WriteAllText(_folder["adapter/training.json"], """{ "low": 0, "high": 1000, "prediction": "epsilon", "step": 1 }""");
        var (whole, low, high) = (Expert("whole", 0, 1000), Expert("low", 0, 400), Expert("high", 400, 1000));
        File.WriteAllText(Path.Combine(high, "training.json"), """{ "low": 400, "high": 1000, "prediction": "epsilon", "zeroTerminalSnr": true, "step": 1 }""");
        var broken = Expert("broken", 0, 1000);
        File.WriteAllText(Path.Combine(broken, "training.json"), "{");
        await ToldAsync("transformers is '2 folders', expected one, as there are adapters", "--transformer", low, "--transformer", high, "--adapter", _folder["adapter"]);
        await ToldAsync(
            "adapters is 'all timesteps', expected some left to the transformer; an adapter for all is given to pixart generate",
            "--transformer", whole, "--adapter", _folder["adapter"]);
        await ToldAsync("transformers is 'with and without 'zeroTerminalSnr'', expected experts of the same noise schedule", "--transformer", low, "--transformer", high);
        await ToldAsync("transformers is [0, 400), expected one for all timesteps, or experts that cover them", "--transformer", low);
        await ToldAsync($"'{Path.Combine(broken, "training.json")}' cannot be read: ", "--transformer", broken);
        await ToldAsync($"'{Path.Combine(_model.Path, "transformer", "training.json")}' cannot be read: Could not find file", "--transformer", Path.Combine(_model.Path, "transformer"));

        async Task ToldAsync(string message, params string[] parts)
        {
            var before = _captured.Error.Length;
            Assert.Equal(2, await AssembleAsync("bad", parts));
            Assert.StartsWith($"pixart: {message}", _captured.Error[before..], StringComparison.Ordinal);
            Assert.Equal(1, _captured.Error[before..].Count(c => c == '\n'));
            Assert.False(Path.Exists(_folder["bad"]));
        }
    }

    [Fact]
    public async Task A_folder_that_is_there_is_not_touched()
    {
        Directory.CreateDirectory(_folder["there"]);
        Assert.Equal(2, await AssembleAsync("there", "--transformer", Expert("whole", 0, 1000)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["there"]));
    }
}
