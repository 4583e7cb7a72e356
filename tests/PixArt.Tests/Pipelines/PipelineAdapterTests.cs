using PixArt.Adapters;
using PixArt.Conversion;
using PixArt.Diffusion;
using PixArt.Pipelines;
using PixArt.Tests.Adapters;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

/// <summary>Adapters in whole pipelines: on one transformer, on one of several experts, as an expert.</summary>
public sealed class PipelineAdapterTests : IDisposable
{
    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Steps = 3, Seed = 5 };
    readonly LeakCheck _leak = new();
    readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _leak.Dispose();
    }

    static string Model => GoldenSet.Open().PathOf(
        GoldenSet.Open().Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name);

    string Style => new AdapterBuilder(4).LowRank("transformer_blocks.0.attn1.to_q", 36, 36).LowRank("transformer_blocks.1.attn2.to_v", 36, 36)
        .LowRank("proj_out", 32, 36).Write(_folder["style.safetensors"], name => "transformer." + name);

    [Fact]
    public async Task An_adapter_gives_the_picture_of_the_model_that_it_is_merged_into()
    {
        using var adapted = await PixArtPipeline.LoadAsync(Model, new() { Adapters = [new(Style, 0.5)] });
        using var merged = await PixArtPipeline.LoadAsync(Merged(0.5));
        using var plain = await PixArtPipeline.LoadAsync(Model);
        using var expected = await merged.SampleAsync(s_request);
        using var found = await adapted.SampleAsync(s_request);
        using var other = await plain.SampleAsync(s_request);
        Assert.Equal(Close.Doubles(expected), Close.Doubles(found));
        Assert.NotEqual(Close.Doubles(other), Close.Doubles(found));
        Assert.Equal("LoRA of rank 2 on 3 layers", adapted.Adapters.Single().Description);
    }

    [Fact]
    public async Task An_adapter_is_an_expert_on_the_shared_transformer()
    {
        var ensemble = Ensemble("lora", Style);
        using var experts = await PixArtPipeline.LoadAsync(ensemble);
        using var pair = await PixArtPipeline.LoadAsync(Model, new() { ExpertFolder = Merged(1), Split = 400 });
        using var expected = await pair.SampleAsync(s_request);
        using var found = await experts.SampleAsync(s_request);
        Assert.Equal(Close.Doubles(expected), Close.Doubles(found));
        Assert.Equal(_folder["style.safetensors"], Assert.Single(experts.Adapters).Path);
    }

    [Fact]
    public async Task An_adapter_can_be_for_one_expert()
    {
        var options = new PipelineOptions { ExpertFolder = Model, Adapters = [new(Style, 1, "detail expert")] };
        using var one = await PixArtPipeline.LoadAsync(Model, options);
        using var pair = await PixArtPipeline.LoadAsync(Model, new() { ExpertFolder = Merged(1) });
        using var expected = await pair.SampleAsync(s_request);
        using var found = await one.SampleAsync(s_request);
        Assert.Equal(Close.Doubles(expected), Close.Doubles(found));
    }

    [Fact]
    public void An_adapter_for_no_expert_is_refused()
    {
        var error = Assert.Throws<InvalidSettingException>(
            () => PixArtPipeline.Check(Model, new() { Adapters = [new(Style, 1, "late")] }, s_request));
        Assert.EndsWith("is 'late', expected 'transformer'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_that_does_not_fit_is_refused_before_anything_is_loaded()
    {
        var path = new AdapterBuilder().LowRank("proj_out", 32, 35).Write(_folder["wrong.safetensors"]);
        var error = Assert.Throws<WeightsException>(() => PixArtPipeline.Check(Model, new() { Adapters = [new(path)] }, s_request));
        Assert.Contains("expected [32, 36]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_expert_is_stored_as_its_difference_to_the_transformer()
    {
        using var experts = await PixArtPipeline.LoadAsync(Ensemble("delta", Difference()));
        using var pair = await PixArtPipeline.LoadAsync(Model, new() { ExpertFolder = Merged(1), Split = 400 });
        using var expected = await pair.SampleAsync(s_request);
        using var found = await experts.SampleAsync(s_request);
        Close.Assert(expected, found, 1e-5, "difference");
        Assert.Equal("difference of 3 tensors", Assert.Single(experts.Adapters).Description);
        using var stored = await PixArtPipeline.LoadAsync(_folder["delta"], new() { KeepStoredWeights = true });
        using var same = await stored.SampleAsync(s_request);
        Close.Assert(expected, same, 1e-5, "difference to stored weights");
    }

    [Fact]
    public void A_difference_that_does_not_fit_is_refused_before_anything_is_loaded()
    {
        string Refused(string delta)
        {
            var folder = Ensemble("delta", delta);
            var message = Assert.ThrowsAny<PixArtException>(() => PixArtPipeline.Check(folder, null, s_request)).Message;
            Directory.Delete(folder, recursive: true);
            return message;
        }

        var other = new AdapterBuilder().Add("proj_out.weight", 32, 35).Write(_folder["other.safetensors"]);
        Assert.Contains("has shape [32, 35], expected [32, 36] as in ", Refused(other), StringComparison.Ordinal);
        var unknown = new AdapterBuilder().Add("proj_in.weight", 3, 3).Write(_folder["unknown.safetensors"]);
        Assert.Contains("is not in ", Refused(unknown), StringComparison.Ordinal);
        Assert.Contains("nowhere', expected a weights file or a component's folder", Refused(_folder["nowhere"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("lora")]
    [InlineData("delta")]
    public async Task Files_are_those_that_the_manifest_was_written_for(string kind)
    {
        var weights = kind switch { "full" => "transformer", "lora" => Style, _ => Difference() };
        var folder = Ensemble(kind, weights);
        var parent = FileHash.Of(new ComponentFolder(Path.Combine(Model, "transformer")).WeightFiles());
        var own = kind is "full" ? parent : FileHash.Of([weights]);
        var manifest = ExpertManifest.Read(Path.Combine(folder, ExpertManifest.FileName));
        void Say(string sha256, string parentSha256) => (manifest with
        {
            Experts = [manifest.Experts[0], manifest.Experts[1] with { Sha256 = sha256, ParentSha256 = parentSha256 }],
        }).Write(Path.Combine(folder, ExpertManifest.FileName));

        Say(own.ToUpperInvariant(), parent);
        using (var right = await PixArtPipeline.LoadAsync(folder)) Assert.Single(await right.GenerateAsync(s_request));
        var wrong = new string('0', 64);
        Say(wrong, parent);
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => PixArtPipeline.LoadAsync(folder));
        Assert.Equal(
            $"{Path.Combine(folder, ExpertManifest.FileName)}: sha256 of expert 'clean' is '{wrong}', expected {own}, which its weights have: they are not the files that the manifest was written for",
            error.Message);
        Say(own, wrong);
        if (kind is "full")
        {
            // The parent of a whole transformer need not be there.
            using var child = await PixArtPipeline.LoadAsync(folder);
            return;
        }

        error = await Assert.ThrowsAsync<InvalidSettingException>(() => PixArtPipeline.LoadAsync(folder));
        Assert.Contains($"parent_sha256 of expert 'clean' is '{wrong}', expected {parent}, which the transformer that it changes has", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_tells_its_adapters()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Model, new() { Adapters = [new(Style, 0.25)] });
        var settings = (await pipeline.GenerateAsync(s_request))[0].Settings;
        var read = GenerationSettings.FromJson(settings.ToJson(), "test");
        Assert.Equal([new AdapterChoice(_folder["style.safetensors"], 0.25)], read.Adapters!);
        Assert.Contains("Adapters: style 0.25", settings.ToParametersText(), StringComparison.Ordinal);
        using var plain = await PixArtPipeline.LoadAsync(Model);
        Assert.DoesNotContain("\"adapters\"", (await plain.GenerateAsync(s_request))[0].Settings.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Four_steps_of_LCM_with_an_adapter_ask_the_model_once_each()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Model, new() { Adapters = [new(Style)] });
        var pictures = await pipeline.GenerateAsync(s_request with { Scheduler = "lcm", Steps = 4, GuidanceScale = 1 });
        Assert.Equal(("lcm", 4, 1.0), (pictures[0].Settings.Scheduler, pictures[0].Settings.Steps, pictures[0].Settings.GuidanceScale));
    }

    // The model with the adapter's weights written into its transformer.
    string Merged(double weight)
    {
        var folder = Copy("merged");
        var weights = Path.Combine(folder, "transformer", "diffusion_pytorch_model.safetensors");
        var own = new ComponentFolder(Path.Combine(Model, "transformer")).WeightFiles()[0];
        using var source = WeightsSource.Open(own);
        using var adapter = Adapter.Open(Style);
        var stack = new AdapterStack([(adapter, weight)], AdapterStack.ParametersOf(source));
        using var scope = TensorScope.Begin();
        SafetensorsWriter.Write(weights, source.Names.Select(name =>
        {
            using var own = source.Read(name);
            return KeyValuePair.Create(name, stack.Apply(name, own));
        }).ToArray());
        return folder;
    }

    // What the style changes, as differences.
    string Difference()
    {
        WeightsDifference.Write(Path.Combine(Merged(1), "transformer"), Path.Combine(Model, "transformer"), _folder["difference.safetensors"]);
        Directory.Delete(_folder["merged"], recursive: true);
        return _folder["difference.safetensors"];
    }

    string Ensemble(string kind, string adapter)
    {
        var folder = Copy(kind);
        File.WriteAllText(Path.Combine(folder, ExpertManifest.FileName), $$"""
            { "experts": [
              { "name": "noisy", "interval": [400, 1000], "weights": "transformer" },
              { "name": "clean", "interval": [0, 400], "weights": "{{adapter}}", "kind": "{{kind}}" } ] }
            """);
        return folder;
    }

    string Copy(string name)
    {
        var copy = _folder[name];
        foreach (var file in Directory.EnumerateFiles(Model, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(Model, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }
}
