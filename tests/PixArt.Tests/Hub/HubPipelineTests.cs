using PixArt.Hub;
using PixArt.Pipelines;
using PixArt.TestKit.Hub;
using PixArt.Tests.Adapters;

namespace PixArt.Tests.Hub;

/// <summary>Pictures from models that a hub serves.</summary>
public sealed class HubPipelineTests : IDisposable
{
    const string Id = "someone/tiny-alpha";

    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Steps = 3, Seed = 5 };

    readonly LeakCheck _leak = new();
    readonly HubRig _rig = new();
    readonly FakeRepository _repository;

    public HubPipelineTests() => _repository = _rig.Hub.Add(Id).AddFolder(Folder);

    static string Folder => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    PipelineOptions Options => new() { Hub = _rig.Settings };

    public void Dispose()
    {
        _rig.Dispose();
        _leak.Dispose();
    }

    static async Task<GeneratedImage> PictureAsync(string model, PipelineOptions? options = null, IProgress<PipelineProgress>? progress = null)
    {
        using var pipeline = await PixArtPipeline.LoadAsync(model, options, progress);
        return (await pipeline.GenerateAsync(s_request))[0];
    }

    [Fact]
    public async Task A_model_of_the_hub_gives_the_folders_picture()
    {
        var reports = new List<PipelineProgress>();
        var expected = await PictureAsync(Folder);
        var picture = await PictureAsync(Id, Options, new Watch(reports.Add));
        Assert.Equal(expected.Image.Pixels, picture.Image.Pixels);
        Assert.Equal($"{Id}@{_repository.Commit}", picture.Settings.Model);
        var bytes = _repository.Files.Values.Sum(file => (long)file.Length);
        Assert.Contains(new PipelineProgress(PipelineStage.Downloading, bytes, bytes), reports);
    }

    [Fact]
    public async Task A_picture_names_the_commit_that_makes_it_again()
    {
        var first = await PictureAsync(Id, Options);
        _repository.Add("model_index.json", "{}");
        Assert.Equal(first.Image.Pixels, (await PictureAsync(first.Settings.Model!, Options with { Hub = _rig.Settings with { Offline = true } })).Image.Pixels);
    }

    [Fact]
    public async Task A_check_downloads_configurations_alone()
    {
        await PixArtPipeline.CheckAsync(Id, Options, [s_request]);
        Assert.DoesNotContain(_rig.Requests(), r => r.Path.Contains("safetensors", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => PixArtPipeline.CheckAsync(Id, Options, [s_request, s_request with { Scheduler = "nonsense" }]));
        Assert.Contains("'nonsense'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_expert_by_its_id_brings_its_transformer_alone()
    {
        _rig.Hub.Add("someone/detail").AddFolder(Folder);
        var expected = await PictureAsync(Folder, new() { ExpertFolder = Folder, Split = 500 });
        var picture = await PictureAsync(Folder, Options with { ExpertFolder = "someone/detail", Split = 500 });
        Assert.Equal(expected.Image.Pixels, picture.Image.Pixels);
        Assert.StartsWith("someone/detail@", picture.Settings.Expert, StringComparison.Ordinal);
        Assert.Equal(
            ["model_index.json", "scheduler/scheduler_config.json", "transformer/config.json", "transformer/diffusion_pytorch_model.safetensors"],
            Directory.EnumerateFiles(_rig.Cache, "*", SearchOption.AllDirectories).Where(f => f.Contains("/snapshots/", StringComparison.Ordinal))
                .Select(f => string.Join('/', f.Split("/snapshots/")[1].Split('/')[1..])).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_second_expert_by_its_id_has_to_agree_on_the_process()
    {
        var detail = _rig.Hub.Add("someone/detail").AddFolder(Folder);
        detail.Add("scheduler/scheduler_config.json", """{"_class_name": "DPMSolverMultistepScheduler", "prediction_type": "v_prediction"}""");
        await Assert.ThrowsAsync<InvalidSettingException>(() => PictureAsync(Folder, Options with { ExpertFolder = "someone/detail", Split = 500 }));
    }

    [Fact]
    public async Task A_transformer_alone_takes_the_place_of_the_models_own()
    {
        var rest = _rig.Hub.Add("someone/rest");
        foreach (var file in _repository.Files.Where(f => !f.Key.StartsWith("transformer/", StringComparison.Ordinal))) rest.Add(file.Key, file.Value);
        var transformer = _rig.Hub.Add("someone/transformer");
        foreach (var file in _repository.Files.Where(f => f.Key.StartsWith("transformer/", StringComparison.Ordinal))) transformer.Add(file.Key, file.Value);
        var expected = await PictureAsync(Folder);
        var picture = await PictureAsync("someone/rest", Options with { TransformerFolder = "someone/transformer" });
        Assert.Equal(expected.Image.Pixels, picture.Image.Pixels);
        Assert.Equal($"someone/transformer@{transformer.Commit}", picture.Settings.Transformer);
        Assert.Equal(expected.Image.Pixels, (await PictureAsync(Folder, new() { TransformerFolder = Folder })).Image.Pixels);
    }

    [Fact]
    public async Task An_adapter_by_its_id_is_the_file()
    {
        using var folder = new TemporaryFolder();
        var file = new AdapterBuilder().LowRank("proj_out", 32, 36).Write(folder["pytorch_lora_weights.safetensors"]);
        _rig.Hub.Add("someone/adapter").Add("README.md", "x").Add("pytorch_lora_weights.safetensors", File.ReadAllBytes(file));
        var expected = await PictureAsync(Folder, new() { Adapters = [new(file, 0.5)] });
        var picture = await PictureAsync(Folder, Options with { Adapters = [new("someone/adapter", 0.5)] });
        Assert.NotEqual((await PictureAsync(Folder)).Image.Pixels, picture.Image.Pixels);
        Assert.Equal(expected.Image.Pixels, picture.Image.Pixels);
        Assert.StartsWith("someone/adapter@", Assert.Single(picture.Settings.Adapters!).Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_without_an_adapter_is_told()
    {
        _rig.Hub.Add("someone/adapter").Add("README.md", "x").Add("other.bin", "x");
        var error = await Assert.ThrowsAsync<HubException>(() => PictureAsync(Folder, Options with { Adapters = [new("someone/adapter")] }));
        Assert.Equal("someone/adapter has no adapter: none of its files has a usual name; it has README.md, other.bin; one of them is meant by someone/adapter:FILE", error.Message);
    }

    [Fact]
    public async Task An_adapter_is_one_file_of_a_revision_with_its_settings_beside_it()
    {
        using var folder = new TemporaryFolder();
        var file = new AdapterBuilder().LowRank("proj_out", 32, 36).Write(folder["adapter_model.safetensors"]);
        File.WriteAllText(folder["adapter_config.json"], """{"r": 2, "lora_alpha": 5}""");
        var repository = _rig.Hub.Add("someone/many").Add("README.md", "x").Add("styles/adapter_model.safetensors", File.ReadAllBytes(file))
            .Add("styles/adapter_config.json", File.ReadAllBytes(folder["adapter_config.json"])).Add("styles/other.safetensors", "x");
        repository.Revisions["v1"] = repository.Commit;
        var expected = await PictureAsync(Folder, new() { Adapters = [new(folder.Path)] });
        var picture = await PictureAsync(Folder, Options with { Adapters = [new("someone/many@v1:styles/adapter_model.safetensors")] });
        Assert.Equal(expected.Image.Pixels, picture.Image.Pixels);
        Assert.Equal($"someone/many@{repository.Commit}:styles/adapter_model.safetensors", Assert.Single(picture.Settings.Adapters!).Path);
        Assert.DoesNotContain(_rig.Requests(), r => r.Path.Contains("other.safetensors", StringComparison.Ordinal));
        Assert.Equal(expected.Image.Pixels, (await PictureAsync(Folder, Options with { Adapters = picture.Settings.Adapters! })).Image.Pixels);
    }

    [Fact]
    public async Task A_control_model_is_a_repository_or_a_file_of_it_with_its_edge_detector()
    {
        using var folder = new TemporaryFolder();
        ControlFolders.Write(folder["control"], Folder);
        ControlFolders.WriteOriginal(folder["PixArt-ControlNet.pth"], Folder);
        ControlFolders.WriteHed(folder["ControlNetHED.pth"]);
        _rig.Hub.Add("someone/control").AddFolder(folder["control"]);
        _rig.Hub.Add("someone/released").Add("PixArt-ControlNet.pth", File.ReadAllBytes(folder["PixArt-ControlNet.pth"])).Add("ControlNetHED.pth", File.ReadAllBytes(folder["ControlNetHED.pth"]));
        _rig.Hub.Add("someone/hed").Add("ControlNetHED.pth", File.ReadAllBytes(folder["ControlNetHED.pth"]));
        var request = s_request with { Control = new() { Image = PixArt.Imaging.Image.Filled(32, 32, new(9, 200, 30)), Kind = ControlKind.Hed } };

        async Task<GeneratedImage> MakeAsync(PipelineOptions options)
        {
            await PixArtPipeline.CheckAsync(Folder, options, [request]);
            using var pipeline = await PixArtPipeline.LoadAsync(Folder, options);
            return (await pipeline.GenerateAsync(request))[0];
        }

        var expected = await MakeAsync(new() { ControlModel = folder["control"], HedModel = folder["ControlNetHED.pth"] });
        var whole = await MakeAsync(Options with { ControlModel = "someone/control", HedModel = "someone/hed" });
        var file = await MakeAsync(Options with { ControlModel = "someone/released:PixArt-ControlNet.pth" });
        Assert.Equal(expected.Image.Pixels, whole.Image.Pixels);
        Assert.Equal(expected.Image.Pixels, file.Image.Pixels);
        Assert.StartsWith("someone/released@", file.Settings.ControlModel, StringComparison.Ordinal);
        Assert.StartsWith("someone/hed@", whole.Settings.HedModel, StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<HubException>(() => MakeAsync(Options with { ControlModel = "someone/released" }));
        Assert.EndsWith("one of them is meant by someone/released:FILE", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<HubException>(() => MakeAsync(Options with { ControlModel = "someone/released:x.pth" }));
        Assert.Equal(HubErrorKind.FileNotFound, error.Kind);
    }

    [Fact]
    public async Task Decoders_come_by_their_ids_too()
    {
        using var folder = new TemporaryFolder();
        _rig.Hub.Add("someone/decoder").AddFolder(DecoderFolders.Write(folder["decoder"]));
        var expected = await PictureAsync(Folder, new() { Decoder = folder["decoder"] });
        var picture = await PictureAsync(Folder, Options with { Decoder = "someone/decoder" });
        Assert.Equal(expected.Image.Pixels, picture.Image.Pixels);
        Assert.StartsWith("someone/decoder@", picture.Settings.Decoder, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_decoder_comes_by_its_id()
    {
        _rig.Hub.Add("someone/tiny").Add("config.json", """{"latent_channels": 3, "num_encoder_blocks": [1, 1], "num_decoder_blocks": [1, 1], "encoder_block_out_channels": [8, 8], "decoder_block_out_channels": [8, 8]}""")
            .Add("diffusion_pytorch_model.safetensors", "x");
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => PixArtPipeline.CheckAsync(Folder, Options with { PreviewDecoder = "someone/tiny" }, [s_request]));
        Assert.EndsWith(": latent_channels is 3, expected 4, as the vae has", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_rig.Requests(), r => r.Path.Contains("safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Licences_are_told_of_models_of_the_hub_once_each()
    {
        using (var local = await PixArtPipeline.LoadAsync(Folder)) Assert.Empty(local.Licenses);
        using (var pipeline = await PixArtPipeline.LoadAsync(Id, Options with { ExpertFolder = Id, Split = 500 }))
            Assert.Equal([new ModelLicense(Id, "openrail++")], pipeline.Licenses);

        // Without the hub, the card in the cache tells it.
        var card = _rig.Hub.Add("someone/card").AddFolder(Folder).Add("README.md", "---\nlicense: mit\n---\n");
        await _rig.DownloadAsync("someone/card", HubRig.Everything);
        using var offline = await PixArtPipeline.LoadAsync("someone/card", new() { Hub = _rig.Settings with { Offline = true } });
        Assert.Equal([new ModelLicense("someone/card", "mit")], offline.Licenses);
        Assert.NotNull(card);
    }

    [Fact]
    public async Task A_manifest_may_name_parts_by_hub_ids()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in _repository.Files.Where(f => !f.Key.StartsWith("transformer/", StringComparison.Ordinal) && !f.Key.StartsWith("vae/", StringComparison.Ordinal)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file.Key])!);
            File.WriteAllBytes(folder[file.Key], file.Value);
        }

        File.WriteAllText(folder["experts.json"], $$"""
            {"vae": {"id": "someone/vae"}, "text_encoder": {"id": "{{Id}}"},
             "experts": [{"name": "high", "interval": [400, 1000], "weights": "{{Id}}"}, {"name": "low", "interval": [0, 400], "weights": "{{Id}}@main"}]}
            """);
        var vae = _rig.Hub.Add("someone/vae");
        foreach (var file in _repository.Files.Where(f => f.Key.StartsWith("vae/", StringComparison.Ordinal))) vae.Add(file.Key["vae/".Length..], file.Value);
        Assert.Equal((await PictureAsync(Folder)).Image.Pixels, (await PictureAsync(folder.Path, Options)).Image.Pixels);
    }

    [Fact]
    public async Task A_name_that_is_neither_folder_nor_id_is_told()
    {
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => PictureAsync("/nowhere"));
        Assert.Equal("model is '/nowhere', expected a model folder, or a hub id such as owner/name or owner/name@revision", error.Message);
        error = await Assert.ThrowsAsync<InvalidSettingException>(() => PictureAsync(Folder, new() { ExpertFolder = "nowhere" }));
        Assert.Equal("expert is 'nowhere', expected a model folder, or a hub id such as owner/name or owner/name@revision", error.Message);
    }

    [Fact]
    public async Task A_mistyped_folder_that_looks_like_an_id_is_told_as_both()
    {
        var error = await Assert.ThrowsAsync<HubException>(() => PictureAsync("models/nowhere", Options));
        Assert.StartsWith("there is no folder models/nowhere, and as a hub id: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(HubErrorKind.RepositoryNotFound, error.Kind);
    }

    sealed class Watch(Action<PipelineProgress> report) : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value) => report(value);
    }
}
