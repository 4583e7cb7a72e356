using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Tests.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

public sealed class ModelGrowthTests : IDisposable
{
    static readonly PixArtTransformerConfig s_small = SmallModels.Transformer with
    {
        KvCompression = new(KeyValueSampling.Conv, 2, [2]),
    };

    readonly TemporaryFolder _folder = new();

    static string Model => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    public void Dispose() => _folder.Dispose();

    string Transformer()
    {
        var folder = _folder["transformer"];
        Directory.CreateDirectory(folder);
        var config = JsonNode.Parse(s_small.ToJson())!.AsObject();
        config["a_field_of_others"] = "kept";
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "training.json"), "{}");
        using var model = new PixArtTransformer(s_small, SmallModels.Store());
        SafetensorsWriter.Write(
            Path.Combine(folder, "diffusion_pytorch_model.safetensors"), model.Parameters.Names.Select(n => KeyValuePair.Create(n, model.Parameters[n])), type: ScalarType.Float16);
        return folder;
    }

    static Tensor Predict(string path)
    {
        using var off = GradMode.Disable();
        var folder = new ComponentFolder(path);
        using var source = folder.OpenWeights();
        using var model = new PixArtTransformer(PixArtTransformerConfig.Read(folder.Config()), new ParameterStore(source));
        source.EnsureAllUsed();
        using var scope = TensorScope.Begin();
        return scope.Keep(model.Forward(
            SmallModels.Noise(5, 1, 4, 8, 8), Tensor.FromArray([250L], 1), SmallModels.Noise(6, 1, 3, 10),
            resolution: Tensor.FromArray([64f, 64f], 1, 2), aspectRatio: Tensor.FromArray([1f], 1, 1)));
    }

    [Fact]
    public void What_tells_of_the_parent_stays_behind()
    {
        var parent = _folder["model"];
        NewFolder.Copy(Model, parent, CancellationToken.None);
        foreach (var adapter in (string[])["adapter", "expert-adapter"])
        {
            Directory.CreateDirectory(Path.Combine(parent, adapter));
            File.WriteAllText(Path.Combine(parent, adapter, "adapter_config.json"), "{}");
        }

        foreach (var file in (string[])["README.md", "loss.png", "LICENSE"]) File.WriteAllText(Path.Combine(parent, file), "of the parent");
        File.WriteAllText(Path.Combine(parent, ExpertManifest.FileName), """
            { "experts": [ { "name": "noisy", "interval": [400, 1000], "weights": "transformer" }, { "name": "clean", "interval": [0, 400], "weights": "expert-adapter", "kind": "lora" } ] }
            """);
        Directory.CreateDirectory(_folder["new"]);
        NewModel.Copy(parent, _folder["new"], (_, _) => false, CancellationToken.None);
        string[] expected = [.. Directory.GetFileSystemEntries(Model).Select(Path.GetFileName)!, "LICENSE", "expert-adapter", ExpertManifest.FileName];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.GetFileSystemEntries(_folder["new"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Identity_gives_what_the_parent_gives_to_the_last_bit()
    {
        using var leak = new LeakCheck();
        var parent = Transformer();
        var grown = Assert.Single(ModelGrowth.Write(parent, _folder["grown"], 7, DepthMethod.Identity));
        Assert.Equal(("transformer", 3, 7), (grown.Name, grown.BlocksBefore, grown.BlocksAfter));
        using var expected = Predict(parent);
        using var actual = Predict(_folder["grown"]);
        Assert.Equal(expected.ToArray<float>(), actual.ToArray<float>());
        Assert.Contains(expected.ToArray<float>(), v => v != 0);
    }

    [Fact]
    public void Overlap_copies_whole_blocks_in_order_and_the_rest_once()
    {
        var parent = Transformer();
        var grown = Assert.Single(ModelGrowth.Write(parent, _folder["grown"]));
        using var before = new ComponentFolder(parent).OpenWeights();
        using var after = new ComponentFolder(_folder["grown"]).OpenWeights();
        // 3 blocks become 4: the first two, then the last two.
        int[] sources = [0, 1, 1, 2];
        Assert.Equal(4, grown.BlocksAfter);
        var expected = before.Names.Where(n => !n.StartsWith("transformer_blocks.", StringComparison.Ordinal)).ToDictionary(n => n, n => n, StringComparer.Ordinal);
        for (var block = 0; block < sources.Length; block++)
        {
            var prefix = $"transformer_blocks.{sources[block]}.";
            foreach (var name in before.Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal)))
                // Only blocks that compress have a convolution.
                expected[$"transformer_blocks.{block}.{name[prefix.Length..]}"] = name;
        }

        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), after.Names.Order(StringComparer.Ordinal));
        foreach (var (name, from) in expected)
        {
            using var was = before.Read(from);
            using var now = after.Read(name);
            Assert.Equal(ScalarType.Float16, now.DType);
            Close.Assert(was, now, 0, name);
        }

        Assert.Equal(after.Names.Sum(n => after.Find(n)!.Count), grown.Parameters);
    }

    [Fact]
    public void The_configuration_changes_in_depth_and_compressed_blocks_alone()
    {
        ModelGrowth.Write(Transformer(), _folder["grown"], 6);
        var config = JsonNode.Parse(File.ReadAllText(_folder["grown/config.json"]))!;
        Assert.Equal(6, (int)config["num_layers"]!);
        Assert.Equal("kept", (string?)config["a_field_of_others"]);
        Assert.Equal([2, 5], config["kv_compression"]!["layers"]!.AsArray().Select(layer => (int)layer!));
        Assert.True(File.Exists(_folder["grown/training.json"]));
        using var grown = Predict(_folder["grown"]);
        Assert.True(grown.ToArray<float>().All(float.IsFinite));
    }

    [Fact]
    public async Task A_model_folder_grows_whole_and_makes_the_same_picture()
    {
        ModelGrowth.Write(Model, _folder["grown"], method: DepthMethod.Identity, layers: 5);
        Assert.Equal(
            Directory.GetFileSystemEntries(Model, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Model, f)).Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(_folder["grown"], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder["grown"], f)).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        var request = new GenerationRequest { Prompts = ["a fox"], Steps = 3, Seed = 5 };
        using var original = await PixArtPipeline.LoadAsync(Model);
        using var deeper = await PixArtPipeline.LoadAsync(_folder["grown"]);
        using var expected = await original.SampleAsync(request);
        using var actual = await deeper.SampleAsync(request);
        Assert.Equal(expected.ToArray<float>(), actual.ToArray<float>());
    }

    [Theory]
    [InlineData("adapter_config.json", "a transformer; an adapter fits the depth that it was trained on, and is trained anew on the grown model")]
    [InlineData("pytorch_lora_weights.safetensors", "a transformer; an adapter fits")]
    public void An_adapter_does_not_grow(string file, string expected)
    {
        var folder = Transformer();
        File.WriteAllText(Path.Combine(folder, file), "{}");
        Refused(folder, expected);
    }

    [Fact]
    public void Experts_that_are_no_whole_transformers_do_not_grow()
    {
        NewFolder.Copy(Model, _folder["adapted"], CancellationToken.None);
        File.WriteAllText(_folder["adapted/experts.json"], """
            { "experts": [ { "name": "noisy", "interval": [400, 1000], "weights": "transformer" }, { "name": "clean", "interval": [0, 400], "weights": "adapter", "kind": "lora" } ] }
            """);
        Refused(_folder["adapted"], "full: an adapter or difference fits the depth that it was made for");
    }

    [Fact]
    public void A_model_with_other_parts_than_its_own_does_not_grow()
    {
        NewFolder.Copy(Model, _folder["model"], CancellationToken.None);
        File.WriteAllText(_folder["model/experts.json"], """{ "experts": [ { "name": "all", "interval": [0, 1000], "weights": "owner/name" } ] }""");
        Refused(_folder["model"], "a folder inside the model's");
        Directory.CreateDirectory(_folder["model/controlnet"]);
        Refused(_folder["model"], "one without a ControlNet, which reads the blocks that it was trained with; grow its 'transformer' folder alone");
    }

    [Fact]
    public void What_is_no_transformer_is_refused()
    {
        Refused(Path.Combine(Model, "vae"), "a model folder, or the folder of a transformer");
        ModelQuantization.Write(Transformer(), _folder["integers"]);
        Refused(_folder["integers"], "floating-point weights");
        Assert.Throws<InvalidSettingException>(() => ModelGrowth.Write(Model, _folder.Path));
        Assert.Throws<WeightsException>(() => ModelGrowth.Write(_folder["nowhere"], _folder["grown"]));
    }

    void Refused(string model, string expected)
    {
        var error = Assert.Throws<InvalidSettingException>(() => ModelGrowth.Write(model, _folder["grown"]));
        Assert.Contains($"expected {expected}", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["grown"]));
        Assert.Empty(Directory.GetDirectories(_folder.Path, "*.tmp"));
    }
}
