using PixArt.Diffusion;
using PixArt.Weights;

namespace PixArt.Tests.Diffusion;

public class ExpertManifestTests
{
    const string TwoStage = """
        {
          "version": 1,
          "num_train_timesteps": 1000,
          "beta_schedule": "linear", "beta_start": 0.0001, "beta_end": 0.02,
          "prediction_type": "epsilon",
          "vae": { "id": "vae", "scaling_factor": 0.13025 },
          "latent_channels": 4,
          "text_encoder": { "id": "text_encoder", "max_tokens": 300 },
          "some_later_field": true,
          "experts": [
            { "name": "t400-999", "interval": [400, 1000], "weights": "transformer", "guidance_scale": 4.5 },
            { "name": "t0-399", "interval": [0, 400], "weights": "transformer_2", "kind": "full", "license": "Apache-2.0",
              "training": { "steps": 91000 } }
          ]
        }
        """;

    [Fact]
    public void A_manifest_is_read_written_and_read_again()
    {
        var manifest = ExpertManifest.Parse(TwoStage);
        Assert.Equal([new(400, 1000), new(0, 400)], manifest.Experts.Select(e => e.Owns));
        Assert.Equal((0.13025, 300), (manifest.Vae!.ScalingFactor, manifest.TextEncoder!.MaxTokens));
        Assert.Equal([4.5, null], manifest.Experts.Select(e => e.GuidanceScale));
        using var folder = new TemporaryFolder();
        var path = folder[ExpertManifest.FileName];
        manifest.Write(path);
        Assert.Equal(manifest.ToJsonText(), ExpertManifest.Read(path).ToJsonText());
        Assert.Equal(91000, (int)ExpertManifest.Read(path).Experts[1].Training!["steps"]!);
    }

    [Fact]
    public void A_scheduler_of_the_same_process_is_accepted()
    {
        var manifest = ExpertManifest.Parse(TwoStage);
        manifest.RequireSameProcess(new SchedulerConfig());
        manifest.RequireSameProcess(new SchedulerConfig().As("heun"));
    }

    [Fact]
    public void A_scheduler_of_another_process_is_refused()
    {
        var manifest = ExpertManifest.Parse(TwoStage);
        (SchedulerConfig Other, string Expected)[] others =
        [
            (new() { BetaSchedule = BetaSchedule.ScaledLinear }, "beta_schedule is 'scaled_linear', expected linear"),
            (new() { BetaStart = 0.00085 }, "beta_start is 0.00085, expected 0.0001"),
            (new() { BetaEnd = 0.012 }, "beta_end is 0.012, expected 0.02"),
            (new() { PredictionType = PredictionType.Velocity }, "prediction_type is 'v_prediction', expected epsilon"),
            (new() { RescaleBetasZeroSnr = true }, "rescale_betas_zero_snr is true, expected false"),
            (new() { NumTrainTimesteps = 500 }, "num_train_timesteps is 500, expected 1000"),
            (new() { TrainedBetas = [0.1, 0.2] }, "trained_betas is '0.1 0.2', expected none"),
        ];
        foreach (var (other, expected) in others)
            Assert.Equal($"{expected}, as the experts were trained", Assert.Throws<InvalidSettingException>(() => manifest.RequireSameProcess(other)).Message);
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "version is 2")]
    [InlineData("[0, 400]", "[0, 399]", "no expert owns timesteps 399 to 399")]
    [InlineData("[0, 400]", "[0, 401]", "two experts own timesteps 400 to 400")]
    [InlineData("[0, 400]", "[400, 0]", "timestep in it")]
    [InlineData("[0, 400]", "[0]", "experts[1].interval is '1 numbers'")]
    [InlineData("[0, 400]", "\"low\"", "experts[1].interval")]
    [InlineData("\"num_train_timesteps\": 1000", "\"num_train_timesteps\": 500", "500")]
    [InlineData("t0-399", "t400-999", "a name of its own")]
    [InlineData("\"transformer_2\"", "\"\"", "experts[1].weights")]
    [InlineData("\"transformer_2\"", "7", "experts.json: experts[1].weights is '7', expected a text")]
    [InlineData("[0, 400]", "[0, 400.5]", "experts.json: experts[1].interval[1] is '400.5', expected a whole number")]
    [InlineData("4.5", "true", "experts.json: experts[0].guidance_scale is 'true', expected a number")]
    [InlineData("\"linear\"", "[]", "experts.json: beta_schedule is '[]', expected linear, scaled_linear")]
    [InlineData("\"full\"", "\"half\"", "full, delta or lora")]
    [InlineData("4.5", "-1", "experts[0].guidance_scale is -1")]
    [InlineData("\"linear\"", "\"sqrt_linear\"", "beta_schedule")]
    [InlineData("\"license\"", "\"sha256\"", "64 hexadecimal digits")]
    public void What_is_wrong_is_named(string right, string wrong, string reason)
    {
        var failure = Assert.Throws<InvalidSettingException>(
            () => ExpertManifest.Parse(TwoStage.Replace(right, wrong, StringComparison.Ordinal)));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains("experts.json", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    public void A_file_that_is_no_object_is_refused(string json) =>
        Assert.Throws<WeightsException>(() => ExpertManifest.Parse(json));

    [Fact]
    public void A_manifest_without_experts_is_refused() =>
        Assert.Contains("at least one", Assert.Throws<InvalidSettingException>(
            () => ExpertManifest.Parse("""{"version":1}""")).Message, StringComparison.Ordinal);
}
