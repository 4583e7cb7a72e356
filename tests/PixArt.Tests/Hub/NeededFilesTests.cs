using PixArt.Hub;
using PixArt.TestKit.Hub;

namespace PixArt.Tests.Hub;

/// <summary>Of a repository only what a pipeline reads is downloaded.</summary>
public sealed class NeededFilesTests : IDisposable
{
    const string Id = "someone/pipeline";
    const string Index = """
        {"_class_name": "PixArtSigmaPipeline", "scheduler": ["diffusers", "X"], "text_encoder": ["transformers", "X"],
         "tokenizer": ["transformers", "X"], "transformer": ["diffusers", "X"], "vae": ["diffusers", "X"], "safety_checker": [null, null]}
        """;

    static readonly string[] s_configurations =
    [
        "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json", "tokenizer/spiece.model",
        "tokenizer/tokenizer_config.json", "transformer/config.json", "vae/config.json",
    ];

    readonly HubRig _rig = new();
    readonly FakeRepository _repository;

    public NeededFilesTests()
    {
        _repository = _rig.Hub.Add(Id).Add("model_index.json", Index).Add("README.md", "x").Add("asset/logo.png", "x").Add("PixArt.pth", "x")
            .Add("safety_checker/model.safetensors", "x").Add("text_encoder/flax_model.msgpack", "x");
        foreach (var file in s_configurations.Skip(1)) _repository.Add(file, "{}");
        Weights("transformer/diffusion_pytorch_model.safetensors", "transformer/diffusion_pytorch_model.fp16.safetensors", "transformer/diffusion_pytorch_model.bin",
            "vae/diffusion_pytorch_model.bin", "vae/diffusion_pytorch_model.fp16.bin", "text_encoder/pytorch_model.bin");
        Shards("text_encoder/model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
    }

    public void Dispose() => _rig.Dispose();

    void Weights(params string[] files)
    {
        foreach (var file in files) _repository.Add(file, file);
    }

    void Shards(string index, params string[] shards)
    {
        var map = string.Join(", ", shards.Select((shard, i) => $"\"t{i}\": \"{shard}\""));
        _repository.Add(index, "{\"weight_map\": {" + map + "}}");
        Weights([.. shards.Select(shard => $"{Path.GetDirectoryName(index)}/{shard}")]);
    }

    async Task AssertAsync(HubRequest request, params string[] expected)
    {
        var snapshot = await _rig.DownloadAsync(Id, request);
        Assert.Equal(expected.Order(StringComparer.Ordinal), snapshot.Files, StringComparer.Ordinal);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.EnumerateFiles(snapshot.Folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(snapshot.Folder, file)).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal("openrail++", snapshot.License);
    }

    [Fact]
    public Task A_pipeline_takes_configurations_and_safetensors() => AssertAsync(new(),
    [
        .. s_configurations, "transformer/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.bin", "text_encoder/model.safetensors.index.json",
        "text_encoder/model-00001-of-00002.safetensors", "text_encoder/model-00002-of-00002.safetensors",
    ]);

    [Fact]
    public Task A_variant_is_taken_where_it_is() => AssertAsync(new() { Variant = "fp16" },
    [
        .. s_configurations, "transformer/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.fp16.bin", "text_encoder/model.safetensors.index.json",
        "text_encoder/model-00001-of-00002.safetensors", "text_encoder/model-00002-of-00002.safetensors",
    ]);

    [Fact]
    public Task Configurations_alone() => AssertAsync(new() { ConfigurationOnly = true }, s_configurations);

    [Fact]
    public Task One_component() => AssertAsync(
        new() { Component = "transformer" }, "model_index.json", "scheduler/scheduler_config.json", "transformer/config.json", "transformer/diffusion_pytorch_model.safetensors");

    [Fact]
    public Task Named_files_and_patterns() => AssertAsync(new() { Files = ["PixArt.pth", "*.md", "vae/*.json"] }, "PixArt.pth", "README.md", "vae/config.json");

    [Fact]
    public async Task Experts_that_lie_in_the_repository()
    {
        _repository.Add("experts.json", """{"experts": [{"weights": "transformer"}, {"weights": "transformer_2"}, {"weights": "other/model"}], "vae": {"id": "vae_2"}}""");
        _repository.Add("transformer_2/config.json", "{}").Add("vae_2/config.json", "{}");
        Weights("transformer_2/diffusion_pytorch_model.safetensors", "vae_2/diffusion_pytorch_model.safetensors");
        var snapshot = await _rig.DownloadAsync(Id);
        Assert.Contains("experts.json", snapshot.Files, StringComparer.Ordinal);
        Assert.Contains("transformer_2/diffusion_pytorch_model.safetensors", snapshot.Files, StringComparer.Ordinal);
        Assert.Contains("vae_2/diffusion_pytorch_model.safetensors", snapshot.Files, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_bare_component_gives_itself()
    {
        _rig.Hub.Add("someone/vae").Add("config.json", "{}").Add("README.md", "x").Add("diffusion_pytorch_model.safetensors", "w").Add("sdxl_vae.safetensors", "w");
        foreach (var request in (HubRequest[])[new(), new() { Component = "vae" }])
            Assert.Equal(["config.json", "diffusion_pytorch_model.safetensors"], (await _rig.DownloadAsync("someone/vae", request)).Files, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_a_transformer_alone_gives_it()
    {
        _rig.Hub.Add("someone/transformer").Add("transformer/config.json", "{}").Add("transformer/diffusion_pytorch_model.safetensors", "w");
        var snapshot = await _rig.DownloadAsync("someone/transformer", new() { Component = "transformer" });
        Assert.Equal(["transformer/config.json", "transformer/diffusion_pytorch_model.safetensors"], snapshot.Files, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_shard_that_the_repository_lacks_is_told()
    {
        _repository.Add("text_encoder/model.safetensors.index.json", """{"weight_map": {"a": "model-9.safetensors"}}""");
        var error = await _rig.FailsAsync(HubErrorKind.FileNotFound, Id);
        Assert.StartsWith($"{Id} has no file 'text_encoder/model-9.safetensors'; it has ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_index_that_leads_out_of_the_folder_is_refused()
    {
        _repository.Add("text_encoder/model.safetensors.index.json", """{"weight_map": {"a": "../../../x"}}""");
        await Assert.ThrowsAsync<PixArt.Weights.WeightsException>(() => _rig.DownloadAsync(Id));
    }
}
