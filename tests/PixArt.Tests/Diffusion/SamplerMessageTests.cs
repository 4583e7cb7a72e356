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

    static readonly double[] s_times = [900, 500, 100];

    public static TheoryData<string, string, SamplerOptions> Unsuited => new()
    {
        { "timesteps is 'given', expected a number of steps with DDIMScheduler", "ddim", new() { Timesteps = s_times } },
        { "timesteps is 'given', expected a number of steps with PNDMScheduler", "pndm", new() { Timesteps = s_times } },
        { "timesteps is 'given', expected a number of steps with PixArtIDDPMScheduler", "iddpm", new() { Timesteps = s_times } },
        { "sigmas is 'given', expected steps or timesteps with DDPMScheduler", "ddpm", new() { Sigmas = s_times } },
        { "sigmas is 'given', expected steps or timesteps with LCMScheduler", "lcm", new() { Sigmas = s_times } },
        { "sigmas is 'given', expected two or more, and only with euler", "heun", new() { Sigmas = s_times } },
        { "sigmas is 'given', expected two or more, and only with euler", "euler", new() { Sigmas = [3] } },
        { "timesteps is '900, 500, 100', expected one with PixArtDMDScheduler", "dmd", new() { Timesteps = s_times } },
        { "strength is 0.2, expected at least 0.334, so that a step is left", "lcm", new() { Timesteps = s_times, Strength = 0.2 } },
    };

    [Theory]
    [MemberData(nameof(Unsuited))]
    public void Options_that_a_sampler_has_no_use_for_are_told(string message, string sampler, SamplerOptions options) =>
        Assert.Equal(message, Message(() => Samplers.Create(new SchedulerConfig(), sampler, options)));

    [Fact]
    public void Every_sampler_takes_or_refuses_every_way_of_laying_its_steps()
    {
        SamplerOptions[] ways = [new(), new() { Steps = 1 }, new() { Steps = 1000 }, new() { Timesteps = s_times }, new() { Timesteps = [1] }, new() { Sigmas = s_times }, new() { Sigmas = [0.5] }];
        var settings = new System.Text.Json.Nodes.JsonObject?[] { null, new() { ["use_karras_sigmas"] = true }, new() { ["use_flow_sigmas"] = true }, new() { ["num_train_timesteps"] = 1 } };
        foreach (var (sampler, way, setting) in from sampler in SamplerNames.Short from way in ways from setting in settings select (sampler, way, setting))
        {
            try
            {
                Assert.All(Samplers.Create(new SchedulerConfig().As(sampler, setting), way).Timesteps, t => Assert.True(double.IsFinite(t)));
            }
            catch (InvalidSettingException)
            {
                // Told in words.
            }
            catch (Exception e)
            {
                Assert.Fail($"{sampler}, {way}, {setting}: {e}");
            }
        }
    }

    [Fact]
    public void Options_that_the_settings_exclude_are_told()
    {
        var process = new SchedulerConfig();
        var karras = new System.Text.Json.Nodes.JsonObject { ["use_karras_sigmas"] = true };
        foreach (var sampler in (string[])["euler", "dpm++"])
        {
            Assert.Equal(
                "timesteps is 'given', expected steps, as the configuration lays its own sigmas",
                Message(() => Samplers.Create(process.As(sampler, karras), new() { Timesteps = s_times })));
        }

        Assert.Equal(
            "mu is 1, expected none unless use_dynamic_shifting is set",
            Message(() => Samplers.Create(process.As("dpm++", new() { ["use_flow_sigmas"] = true }), new() { Steps = 3, Mu = 1 })));
        Assert.Equal(
            "timesteps is 'given', expected steps or sigmas, as use_flow_sigmas is set",
            Message(() => Samplers.Create(process.As("unipc", new() { ["use_flow_sigmas"] = true }), new() { Timesteps = s_times })));
        Assert.Equal(
            "num_train_timesteps is 300, expected more than 400, or a timestep that is given",
            Message(() => Samplers.Create(process.As("dmd", new() { ["num_train_timesteps"] = 300 }), new() { Steps = 1 })));
    }

    [Theory]
    [InlineData("ddim50x", "counts such as 100, 10,15,20 or ddim50")]
    [InlineData("10,0", "counts such as 100, 10,15,20 or ddim50")]
    [InlineData("ddim999", "a count that some whole stride gives")]
    [InlineData("600,600", "at most 500 timesteps of a section")]
    public void A_respacing_that_cannot_be_laid_is_told(string notation, string expected) =>
        Assert.Equal($"timestep respacing is '{notation}', expected {expected}", Message(() => Respacing.Parse(1000, notation)));

    [Fact]
    public void A_part_of_a_run_that_cannot_be_walked_is_told()
    {
        var process = new SchedulerConfig();
        Assert.Equal("begin index is 3, expected a step from 0 to 2", Message(() => Samplers.Create(process, "ddim", new() { Steps = 3 }).Begin(3)));
        var continuous = ContinuousSchedule.From(process);
        var times = TimeGrid.Uniform(continuous, 1, continuous.First, 3);
        var twice = OriginalSaSolver.Create(process.As("sa-solver-original"), continuous, times, _ => 1, new(HasMoreSteps: false, Reevaluates: true));
        Assert.Equal("begin index is 2, expected the first evaluation of a step", Message(() => twice.Begin(2)));
        var blocks = OriginalDpmSinglestep.Create(process.As("dpm-solver-original"), continuous, times, [2, 2, 1], TimeGrid.Uniform);
        Assert.Equal("begin index is 3, expected the first step of a block", Message(() => blocks.Begin(3)));
        using var start = SamplingLoopTests.Noise(1);
        using var noise = new SeededNoise(1);
        Assert.Equal(
            "step range is '0 to 2', expected a part of 0 to 1",
            Message(() => SamplingLoop.Run(
                Samplers.Create(process, "dpm-solver-adaptive", new()), new FakeModel("mix"), start, noise, new() { Range = new(0, 2) })));
    }

    [Fact]
    public void What_a_configuration_says_wrongly_is_told_with_its_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder["scheduler_config.json"];
        foreach (var (json, message) in ((string, string)[])
        [
            ("""{"beta_schedule": "cubic"}""", "beta_schedule is '\"cubic\"', expected linear, scaled_linear, squaredcos_cap_v2, sigmoid, exp or laplace"),
            ("""{"beta_start": 2}""", "beta_start is 2, expected a number in (0, 1)"),
            ("""{"lambda_min_clipped": "low"}""", "lambda_min_clipped is '\"low\"', expected a value as in \"-Infinity\""),
            ("""{"lambda_min_clipped": true}""", "lambda_min_clipped is 'true', expected a value as in \"-Infinity\""),
            ("""{"trained_betas": [0.1]}""", "trained_betas is '1 values', expected num_train_timesteps = 1000 values"),
            ("""{"_class_name": "Nonsense"}""", "scheduler class is 'Nonsense', expected one of dpm++"),
        ])
        {
            File.WriteAllText(path, json);
            Assert.StartsWith($"{path}: {message}", Message(() => SchedulerConfig.Read(path)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Noise_at_timesteps_that_are_none_is_told()
    {
        var schedule = NoiseSchedule.From(new SchedulerConfig());
        using var latents = SamplingLoopTests.Noise(1);
        Assert.Equal("timesteps is '3 values', expected 1 or 2, one a sample", Message(() => schedule.AddNoise(latents, latents, [1, 2, 3])));
        Assert.Equal("timestep is 1000, expected a whole number in [0, 1000)", Message(() => schedule.AddNoise(latents, latents, [1000])));
        Assert.Equal("trained_betas is '[]', expected at least one value", Message(() => new NoiseSchedule([])));
        Assert.Equal("guided channels is 0, expected 1 or more", Message(() => new GuidanceOptions { Channels = 0 }.Validated()));
        Assert.Equal("experts is '[]', expected at least one", Message(() => TimestepCover.Check([], 1000)));
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
