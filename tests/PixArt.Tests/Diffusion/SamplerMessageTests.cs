using PixArt.Diffusion;

namespace PixArt.Tests.Diffusion;

/// <summary>What samplers and manifests are refused with, word for word.</summary>
public sealed class SamplerMessageTests
{
    static string Message(Action action) => Assert.Throws<InvalidSettingException>(action).Message;

    [Fact]
    public void What_a_sampler_cannot_do_is_told()
    {
        var process = new SchedulerConfig();
        Assert.Equal("steps is 1, expected 2 or more with PNDMScheduler", Message(() => Samplers.Create(process.As("pndm", new() { ["skip_prk_steps"] = true }), new() { Steps = 1 })));
        Assert.Equal("steps is 3, expected 4 or more with PNDMScheduler and its warm-up", Message(() => Samplers.Create(process, "pndm", new() { Steps = 3 })));
        Assert.Equal(
            "mu is missing, expected a number, as use_dynamic_shifting is set",
            Message(() => Samplers.Create(process.As("flow-euler", new() { ["use_dynamic_shifting"] = true }), new() { Steps = 3 })));
        Assert.Equal("scheduler setting is 'betas', expected a field of scheduler_config.json", Message(() => process.As("ddim", new() { ["betas"] = 1 })));
        Assert.Equal("denoising_end is 1, expected a number strictly between 0 and 1", Message(() => Handover.Cutoff(1, field: "denoising_end")));
        Assert.Equal("steps is 2, expected 1 with PixArtDMDScheduler: its model makes a picture in one step", Message(() => Samplers.Create(process, "dmd", new() { Steps = 2 })));
    }

    [Fact]
    public void A_model_without_a_variance_is_told_to_iddpm()
    {
        using var start = SamplingLoopTests.Noise(1);
        using var noise = new SeededNoise(1);
        Assert.Equal(
            "model is 'without a variance', expected one with twice the latents' channels, for the iddpm sampler",
            Message(() => SamplingLoop.Run(Samplers.Create(new SchedulerConfig(), "iddpm", new() { Steps = 3 }), new FakeModel("mix"), start, noise)));
    }

    [Theory]
    [InlineData("\"dtype\": \"int8\"", "experts.json: experts.dtype is 'int8', expected float32 or float16 or bfloat16")]
    [InlineData("\"guidance_rescale\": 2", "experts.json: experts[0].guidance_rescale is 2, expected a number in [0, 1]")]
    [InlineData("\"sha256\": \"12\"", "experts.json: experts[0].sha256 is '12', expected 64 hexadecimal digits")]
    [InlineData("\"parent_sha256\": \"x\"", "experts.json: experts[0].parent_sha256 is 'x', expected 64 hexadecimal digits")]
    public void What_a_manifest_says_wrongly_is_told(string field, string message) => Assert.Equal(
        message, Message(() => ExpertManifest.Parse($$"""{"experts": [{"name": "all", "interval": [0, 1000], "weights": "transformer", {{field}}}]}""")));

    [Theory]
    [InlineData(5, 1000, "interval of expert 'all' is [5, 1000), expected to begin at 0: no expert owns timesteps 0 to 4")]
    [InlineData(0, 900, "interval of expert 'all' is [0, 900), expected to end at 1000, the training timesteps")]
    public void Timesteps_without_an_owner_are_told(int low, int high, string message) => Assert.EndsWith(
        message, Message(() => ExpertManifest.Parse($$"""{"experts": [{"name": "all", "interval": [{{low}}, {{high}}], "weights": "transformer"}]}""")), StringComparison.Ordinal);
}
