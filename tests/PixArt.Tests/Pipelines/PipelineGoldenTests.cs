using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Tests.Diffusion;
using PixArt.Text;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

public sealed class PipelineGoldenTests
{
    const double Tolerance = 1e-4;

    [Theory]
    [PipelineCases("pipeline")]
    public void Pipeline_OfARecordedRun_GivesItsLatentsAndPictures(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var set = GoldenSet.Open().Load(entry);
        using var golden = new PipelineGolden(entry, name);
        var json = golden.Json;
        var copies = json.Optional("num_images_per_prompt")?.GetInt32() ?? 1;
        var start = golden.Tensor("in/latents");
        var plan = golden.Plan(new()
        {
            Prompts = [.. Enumerable.Range(0, (int)start.Size(0) / copies).Select(i => $"{i}")],
            Count = copies,
            Steps = json.GetProperty("steps").GetInt32(),
            GuidanceScale = json.GetProperty("guidance_scale").GetDouble(),
            Height = json.GetProperty("height").GetInt32(),
            Width = json.GetProperty("width").GetInt32(),
            ResolutionBinning = json.GetProperty("use_resolution_binning").GetBoolean(),
            Timesteps = json.GetProperty("extra_call_args").Optional("timesteps")?.Integers(),
        });
        if (json.Optional("binned_height_width")?.Integers() is { } binned)
            Assert.Equal((binned[0], binned[1]), (plan.SampledSize.Height, plan.SampledSize.Width));
        Close.Assert(set.Doubles($"{name}/out/timesteps"), [.. plan.Sampler.Timesteps], 1e-7, $"{entry}/{name} timesteps");

        using var denoiser = new ConditionedDenoiser([golden.Expert()], golden.Conditioning(plan, copies), golden.Scheduler.NumTrainTimesteps);
        using var scope = TensorScope.Begin();
        var steps = golden.Tensor("out/latents_per_step");
        INoiseSource noise = golden.HasSilentNoise ? new SilentNoise() : RecordedNoise.Of(set, $"{name}/noise");
        var recorded = 0;
        var latents = SamplingLoop.Run(plan.Sampler, denoiser, start * plan.Sampler.InitNoiseSigma, noise, new SamplingOptions
        {
            ReturnsPrediction = plan.ReturnsPrediction,
            OnStep = moment =>
            {
                // A sampler that evaluates twice was recorded after each pair and at the end.
                var whole = moment.NextTimestep is null || (moment.Index + 1) % plan.Sampler.Order == 0;
                if (whole && plan.ReturnsPrediction is null)
                    Close.Assert(steps.Select(0, recorded++), moment.Latents, Tolerance, $"{entry}/{name} step {moment.Index}");
                return null;
            },
        });
        Close.Assert(set, $"{name}/out/latents", latents, Tolerance);
        if (!set.Has($"{name}/out/image_np")) return;

        using var noGrad = GradMode.Disable();
        var pictures = plan.ToRequestedSize(golden.Autoencoder.Decode(golden.Autoencoder.Unscale(latents)));
        Close.Assert(set, $"{name}/out/image_np", (pictures / 2 + 0.5).Clamp(0, 1).Permute(0, 2, 3, 1).Contiguous(), Tolerance);
        var bytes = ImageTensors.FromTensor(pictures).SelectMany(image => image.Pixels).Select(b => (double)b).ToArray();
        var expected = set.Doubles($"{name}/out/image_uint8");
        Assert.All(bytes.Zip(expected), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Theory]
    [PipelineCases("split")]
    public void TwoStages_OfARecordedRun_GiveTheirLatentsAndPictures(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var set = GoldenSet.Open().Load(entry);
        using var golden = new PipelineGolden(entry, name);
        var json = golden.Json;
        var split = json.GetProperty("split").GetDouble();
        var start = golden.Tensor("in/latents");
        var request = new GenerationRequest
        {
            Prompts = ["a"],
            Steps = json.GetProperty("steps").GetInt32(),
            GuidanceScale = json.GetProperty("guidance_scale").GetDouble(),
            ResolutionBinning = false,
        };
        var first = golden.Plan(request with { DenoisingEnd = split });
        var second = golden.Plan(request with { DenoisingStart = split, Latents = start });
        Close.Assert(json.GetProperty("stage1_timesteps").Numbers(), Taken(first), 1e-7, $"{entry}/{name} first timesteps");
        Close.Assert(json.GetProperty("stage2_timesteps").Numbers(), Taken(second), 1e-7, $"{entry}/{name} second timesteps");

        using var scope = TensorScope.Begin();
        var middle = Run("base", first, start * first.Sampler.InitNoiseSigma);
        Close.Assert(set, $"{name}/out/stage1_latents", middle, Tolerance);
        var latents = Run("refiner", second, middle);
        Close.Assert(set, $"{name}/out/latents", latents, Tolerance);
        if (!set.Has($"{name}/out/image_decoded")) return;
        using var noGrad = GradMode.Disable();
        Close.Assert(set, $"{name}/out/image_decoded", golden.Autoencoder.Decode(golden.Autoencoder.Unscale(latents)), Tolerance);

        Tensor Run(string expert, GenerationPlan plan, Tensor from)
        {
            using var denoiser = new ConditionedDenoiser([golden.Expert(expert)], golden.Conditioning(plan), golden.Scheduler.NumTrainTimesteps);
            return SamplingLoop.Run(plan.Sampler, denoiser, from, RecordedNoise.None, new SamplingOptions { Range = plan.Steps });
        }
    }

    [Theory]
    [PipelineCases("folder")]
    public async Task PromptToPicture_OfARecordedRun_GivesItsLatentsAndPictures(string entry, string name)
    {
        using var leak = new LeakCheck();
        using var golden = GoldenSet.Open().Load(entry);
        var json = golden.Case(name);
        using var pipeline = await PixArtPipeline.LoadAsync(
            golden.Set.PathOf(Path.Combine("pipelines", golden.Json.GetProperty("folder").GetString()!)), new() { Device = TestDevice.Current });
        using var latents = golden.Tensor($"{name}/in/latents");
        var request = new GenerationRequest
        {
            Prompts = [json.GetProperty("prompt").GetString()!],
            NegativePrompt = json.GetProperty("negative_prompt").GetString()!,
            CaptionPreparation = json.GetProperty("clean_caption").GetBoolean() ? CaptionPreparation.Clean : CaptionPreparation.LowerCase,
            Steps = json.GetProperty("steps").GetInt32(),
            GuidanceScale = json.GetProperty("guidance_scale").GetDouble(),
            Height = json.GetProperty("height").GetInt32(),
            Width = json.GetProperty("width").GetInt32(),
            MaxSequenceLength = json.GetProperty("max_sequence_length").GetInt32(),
            ResolutionBinning = false,
            Latents = latents,
        };
        using (var sampled = await pipeline.SampleAsync(request)) Close.Assert(golden, $"{name}/out/latents", sampled, Tolerance);
        var pictures = await pipeline.GenerateAsync(request);
        var expected = golden.Doubles($"{name}/out/image_pil_uint8");
        Assert.All(pictures[0].Image.Pixels.Zip(expected), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    // Drawn by the sampler, but given no weight.
    sealed class SilentNoise : INoiseSource
    {
        public Tensor Draw(long[] shape, ScalarType dtype, Device device) => Tensor.Zeros(shape, dtype, device);
    }

    static double[] Taken(GenerationPlan plan) => [.. plan.Sampler.Timesteps.Skip(plan.Steps.Start).Take(plan.Steps.Count)];
}
