using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

/// <summary>Ensembles of the recorded tiny transformer, as folders with a manifest and as pairs.</summary>
public sealed class PipelineExpertsTests : IDisposable
{
    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Steps = 10, Seed = 5 };
    readonly TemporaryFolder _folder = new();

    static string Original => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1000)]
    [InlineData(400, 1000)]
    [InlineData(20, 333, 668, 1000)]
    public async Task Experts_with_the_same_weights_are_the_single_model_to_the_last_bit(params int[] ends)
    {
        using var leak = new LeakCheck();
        var expected = await SampleAsync(Original, new());
        var model = Model("ensemble", ends);
        foreach (var residency in Enum.GetValues<ModelResidency>())
            Assert.Equal(expected, await SampleAsync(model, new() { Residency = residency }));
    }

    [Fact]
    public async Task A_pair_of_folders_is_the_manifest_of_the_same_two()
    {
        var detail = Copy("detail");
        ChangeWeights(detail);
        var model = Model("ensemble", 400, 1000);
        Replace(Path.Combine(model, "expert1"), Path.Combine(detail, "transformer"));
        var expected = await SampleAsync(model, new());
        Assert.Equal(expected, await SampleAsync(Original, new() { ExpertFolder = detail }));
        Assert.Equal(expected, await SampleAsync(Original, new() { ExpertFolder = Path.Combine(detail, "transformer"), Split = 400 }));
        Assert.NotEqual(expected, await SampleAsync(Original, new()));
        Assert.NotEqual(expected, await SampleAsync(Original, new() { ExpertFolder = detail, Split = 600 }));
    }

    [Fact]
    public async Task A_transformer_in_place_of_experts_is_refused()
    {
        using var leak = new LeakCheck();
        var transformer = Path.Combine(Original, "transformer");
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => SampleAsync(Model("ensemble", 400, 1000), new() { TransformerFolder = transformer }));
        Assert.Equal($"transformer is '{transformer}', expected a model without experts, whose transformer it can replace", error.Message);
    }

    [Theory]
    [InlineData(ModelResidency.Everything, 4)]
    [InlineData(ModelResidency.OnePhase, 4)]
    [InlineData(ModelResidency.OneModelAndNext, 2)]
    [InlineData(ModelResidency.OneModel, 1)]
    public async Task No_more_experts_are_in_memory_than_asked_for(ModelResidency residency, int most)
    {
        using var leak = new LeakCheck();
        using var models = new PipelineModels(PipelineFolder.Read(Model("ensemble", 200, 400, 700, 1000)), new() { Residency = residency });
        await models.LoadAsync(null, CancellationToken.None);
        var plan = GenerationPlan.Create(s_request with { Count = 2 }, models.Facts);
        var (resident, tensors) = (0, 0L);
        var before = LibTorch.LiveTensorCount;
        var watch = new Watch(report =>
        {
            resident = Math.Max(resident, models.Experts.Count(expert => expert.Transformer.IsWanted));
            if (report.Stage == PipelineStage.Sampling) tensors = Math.Max(tensors, LibTorch.LiveTensorCount - before);
        });
        await Task.Run(() => new PipelineRun(models, plan, watch, CancellationToken.None).Pictures(_ => { }));
        Assert.Equal(most, resident);
        if (residency is ModelResidency.Everything) return;
        // What counts in the end is tensors: those of as many transformers, and less than one more for all else.
        long one;
        using (var transformer = models.Experts[0].Transformer) one = Count(transformer);
        Assert.InRange(tensors, most * one, (most + 1) * one);
        Assert.All(models.Experts, expert => Assert.False(expert.Transformer.IsWanted));

        static long Count(Component<PixArtTransformer> component)
        {
            var start = LibTorch.LiveTensorCount;
            component.Get(CancellationToken.None);
            return LibTorch.LiveTensorCount - start;
        }
    }

    [Fact]
    public async Task The_next_expert_is_loaded_while_one_works()
    {
        using var models = new PipelineModels(
            PipelineFolder.Read(Model("ensemble", 400, 1000)), new() { Residency = ModelResidency.OneModelAndNext });
        models.Transformer(models.Experts[1], CancellationToken.None);
        Assert.True(models.Experts[0].Transformer.IsWanted);
        await models.Experts[0].Transformer.Start();
        models.Transformer(models.Experts[0], CancellationToken.None);
        Assert.False(models.Experts[1].Transformer.IsWanted);
    }

    [Fact]
    public async Task A_cancelled_run_with_experts_that_take_turns_leaves_nothing()
    {
        using var leak = new LeakCheck();
        using var pipeline = await PixArtPipeline.LoadAsync(Model("ensemble", 400, 1000), new() { Residency = ModelResidency.OneModelAndNext });
        using var source = new CancellationTokenSource();
        var watch = new Watch(report =>
        {
            if (report is { Stage: PipelineStage.Sampling, Done: 3 }) source.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.GenerateAsync(s_request, watch, source.Token));
    }

    [Fact]
    public async Task Each_expert_has_its_guidance_and_number_format_from_the_manifest()
    {
        var plain = await SampleAsync(Original, new(), s_request with { GuidanceScale = 3 });
        var same = Model("same", [400, 1000], e => e["guidance_scale"] = 3.0);
        Assert.Equal(plain, await SampleAsync(same, new(), s_request with { GuidanceScale = 1 }));
        var wide = await SampleAsync(Original, new());
        var narrow = await SampleAsync(Model("narrow", [400, 1000], e => e["dtype"] = "bfloat16"), new());
        Assert.NotEqual(wide, narrow);
        Close.Assert(Array.ConvertAll(wide, v => (double)v), Array.ConvertAll(narrow, v => (double)v), 0.1, "bfloat16 experts");
    }

    [Theory]
    [InlineData("beta_schedule", "\"scaled_linear\"", "'scaled_linear', expected linear")]
    [InlineData("beta_end", "0.012", "0.012, expected 0.02")]
    [InlineData("prediction_type", "\"v_prediction\"", "'v_prediction', expected epsilon")]
    [InlineData("num_train_timesteps", "500", "500, expected 1000")]
    [InlineData("rescale_betas_zero_snr", "true", "true, expected false")]
    public void A_pair_of_two_noise_schedules_is_refused(string field, string value, string told)
    {
        var detail = Copy("detail");
        var scheduler = Path.Combine(detail, "scheduler", "scheduler_config.json");
        var others = File.ReadAllLines(scheduler).Where(line => !line.Contains($"\"{field}\"", StringComparison.Ordinal)).Skip(1);
        File.WriteAllLines(scheduler, ["{", $"\"{field}\": {value},", .. others]);
        var error = Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(Original, new() { ExpertFolder = detail }, s_request));
        Assert.Equal($"{detail}: {field} is {told}, as the first model's scheduler has: experts share one noise schedule", error.Message);
        // The transformer alone has no scheduler to disagree.
        PixArtPipeline.Check(Original, new() { ExpertFolder = Path.Combine(detail, "transformer") }, s_request);
    }

    [Theory]
    [InlineData("in_channels", 16, 4)]
    [InlineData("caption_channels", 32, 24)]
    [InlineData("sample_size", 16, 8)]
    public void Experts_of_other_latents_or_captions_are_refused_before_weights_are_read(string field, int value, int expected)
    {
        var model = Model("ensemble", 400, 1000);
        Change(Path.Combine(model, "expert1", "config.json"), json => json[field] = value);
        var error = Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(model, null, s_request));
        Assert.Equal($"{Path.Combine(model, "expert1")}: {field} is {value}, expected {expected}, as the first expert has", error.Message);
    }

    [Fact]
    public void A_number_format_that_is_none_is_refused() => Assert.Contains(
        "expected float32 or float16 or bfloat16",
        Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(Model("ensemble", [400, 1000], e => e["dtype"] = "int4"), null, s_request)).Message,
        StringComparison.Ordinal);

    static async Task<float[]> SampleAsync(string folder, PipelineOptions options, GenerationRequest? request = null)
    {
        using var pipeline = await PixArtPipeline.LoadAsync(folder, options);
        using var latents = await pipeline.SampleAsync(request ?? s_request);
        return latents.ToArray<float>();
    }

    string Model(string name, params int[] ends) => Model(name, ends, _ => { });

    // Folders expert0 (the noisiest) and on.
    string Model(string name, int[] ends, Action<JsonObject> change)
    {
        var model = Copy(name);
        var experts = new JsonArray();
        for (var i = ends.Length - 1; i >= 0; i--)
        {
            var folder = $"expert{experts.Count}";
            Replace(Path.Combine(model, folder), Path.Combine(model, "transformer"));
            var expert = new JsonObject { ["name"] = $"t{ends[i]}", ["interval"] = new JsonArray(i == 0 ? 0 : ends[i - 1], ends[i]), ["weights"] = folder };
            change(expert);
            experts.Add(expert);
        }
        Directory.Delete(Path.Combine(model, "transformer"), recursive: true);
        File.WriteAllText(Path.Combine(model, "experts.json"), new JsonObject { ["experts"] = experts }.ToJsonString());
        return model;
    }

    string Copy(string name)
    {
        Replace(_folder[name], Original);
        return _folder[name];
    }

    static void Replace(string folder, string by)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(by)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        foreach (var inner in Directory.GetDirectories(by)) Replace(Path.Combine(folder, Path.GetFileName(inner)), inner);
    }

    static void Change(string path, Action<JsonObject> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }

    // Every weight of the file's second half a little different.
    static void ChangeWeights(string model)
    {
        var path = Path.Combine(model, "transformer", "diffusion_pytorch_model.safetensors");
        var bytes = File.ReadAllBytes(path);
        for (var i = bytes.Length / 2 / 4 * 4 + 1; i < bytes.Length; i += 4) bytes[i] ^= 0x40;
        File.WriteAllBytes(path, bytes);
    }

    sealed class Watch(Action<PipelineProgress> each) : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value) => each(value);
    }
}
