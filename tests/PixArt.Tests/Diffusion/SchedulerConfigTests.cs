using System.Text.Json.Nodes;
using PixArt.Diffusion;
using PixArt.Weights;

namespace PixArt.Tests.Diffusion;

public class SchedulerConfigTests
{
    [Fact]
    public void A_published_file_with_a_bare_infinity_is_read()
    {
        var folder = GoldenSet.Open().Entries.FirstOrDefault(e => e.IsFolder);
        Assert.SkipWhen(folder is null, "no pipeline folder");
        var config = SchedulerConfig.Read(GoldenSet.Open().PathOf($"{folder.Name}/scheduler/scheduler_config.json"));
        Assert.Equal(double.NegativeInfinity, config.LambdaMinClipped);
        Assert.Equal("DPMSolverMultistepScheduler", config.ClassName);
        Assert.Equal((2, "dpmsolver++", FinalSigma.Zero), (config.SolverOrder, config.AlgorithmType, config.FinalSigmasType));
    }

    [Fact]
    public void Fields_left_out_take_the_defaults_of_the_class()
    {
        Assert.True(Parse("""{"_class_name":"DDIMScheduler"}""").ClipSample);
        Assert.Equal(TimestepSpacing.Leading, Parse("""{"_class_name":"DDIMScheduler"}""").TimestepSpacing);
        Assert.Equal(BetaSchedule.ScaledLinear, Parse("""{"_class_name":"LCMScheduler"}""").BetaSchedule);
        Assert.False(Parse("""{"_class_name":"DPMSolverSinglestepScheduler"}""").LowerOrderFinal);
        Assert.Equal(VarianceType.FixedSmall, Parse("""{"_class_name":"DDPMScheduler"}""").VarianceType);
        Assert.Null(Parse("{}").VarianceType);
    }

    [Fact]
    public void Unknown_fields_and_nulls_are_ignored()
    {
        var config = Parse("""{"_diffusers_version":"9","new_thing":{"a":[1]},"trained_betas":null,"beta_end":0.01}""");
        Assert.Equal(0.01, config.BetaEnd);
    }

    [Fact]
    public void A_written_file_is_read_back()
    {
        var config = Parse("""{"solver_order":3,"use_karras_sigmas":true,"prediction_type":"v_prediction"}""");
        Assert.Contains("\"lambda_min_clipped\": -Infinity", config.ToJsonText(), StringComparison.Ordinal);
        var back = SchedulerConfig.Read(ConfigJson.Parse(config.ToJsonText(), "written"));
        Assert.Equal(config.ToJson().ToJsonString(), back.ToJson().ToJsonString());
    }

    [Fact]
    public void Another_sampler_keeps_the_training_process_and_what_the_file_gives()
    {
        var file = Parse("""
            {"_class_name":"DPMSolverMultistepScheduler","beta_start":0.0001,"timestep_spacing":"linspace","steps_offset":1,
             "algorithm_type":"dpmsolver++","solver_type":"midpoint"}
            """);
        var heun = file.As("heun");
        Assert.Equal((0.0001, 0.02), (heun.BetaStart, heun.BetaEnd));
        var ddim = file.As("ddim");
        Assert.Equal((TimestepSpacing.Linspace, 1), (ddim.TimestepSpacing, ddim.StepsOffset));
        Assert.Equal(BetaSchedule.Linear, file.As("lcm").BetaSchedule);
        Assert.Equal("bh2", file.As("unipc").SolverType);
        Assert.Equal("data_prediction", file.As("sa-solver").AlgorithmType);
        Assert.Equal(VarianceType.FixedSmall, file.As("ddpm").VarianceType);
    }

    [Fact]
    public void Another_sampler_does_not_begin_to_clip_latents()
    {
        Assert.False(Parse("{}").As("ddim").ClipSample);
        Assert.True(Parse("""{"clip_sample":true}""").As("ddim").ClipSample);
        Assert.True(Parse("""{"_class_name":"DDIMScheduler"}""").As("ddim").ClipSample);
    }

    [Fact]
    public void Settings_made_in_code_survive_a_change_of_sampler()
    {
        var config = new SchedulerConfig { UseKarrasSigmas = true, PredictionType = PredictionType.Velocity };
        Assert.True(config.As("euler").UseKarrasSigmas);
        Assert.Equal(PredictionType.Velocity, config.As("euler").PredictionType);
        Assert.Equal(TimestepSpacing.Leading, config.As("ddim").TimestepSpacing);
    }

    [Fact]
    public void Overrides_are_fields_of_the_file()
    {
        var config = new SchedulerConfig().As("dpm++", new JsonObject { ["solver_order"] = 3 });
        Assert.Equal(3, config.SolverOrder);
        var failure = Assert.Throws<InvalidSettingException>(
            () => new SchedulerConfig().As(null, new JsonObject { ["solver_odrer"] = 3 }));
        Assert.Contains("solver_odrer", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"beta_schedule":"cosine"}""", "beta_schedule", "squaredcos_cap_v2")]
    [InlineData("""{"prediction_type":"eps"}""", "prediction_type", "v_prediction")]
    [InlineData("""{"timestep_spacing":3}""", "timestep_spacing", "trailing")]
    [InlineData("""{"num_train_timesteps":0}""", "num_train_timesteps", "1 to 1000000")]
    [InlineData("""{"num_train_timesteps":"many"}""", "num_train_timesteps", "1000")]
    [InlineData("""{"beta_end":2}""", "beta_end", "(0, 1)")]
    [InlineData("""{"beta_start":"inf"}""", "beta_start", "(0, 1)")]
    [InlineData("""{"solver_order":4}""", "solver_order", "1, 2 or 3")]
    [InlineData("""{"solver_type":"rk4"}""", "solver_type", "midpoint or heun")]
    [InlineData("""{"algorithm_type":"magic"}""", "algorithm_type", "dpmsolver++")]
    [InlineData("""{"algorithm_type":"dpmsolver"}""", "final_sigmas_type", "sigma_min")]
    [InlineData("""{"use_karras_sigmas":true,"use_beta_sigmas":true}""", "use_karras_sigmas", "exclude each other")]
    [InlineData("""{"trained_betas":[0.1]}""", "trained_betas", "1000 values")]
    [InlineData("""{"_class_name":"DDIMSchedular"}""", "DDIMSchedular", "did you mean 'DDIMScheduler'")]
    public void A_wrong_value_is_named_with_what_would_be_right(string json, string field, string expected)
    {
        var failure = Assert.Throws<InvalidSettingException>(() => Parse(json));
        Assert.Contains(field, failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    static SchedulerConfig Parse(string json) => SchedulerConfig.Parse(JsonNode.Parse(json)!.AsObject());
}
