using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

/// <summary>Guidance around the recorded α transformer against the formulas, each prediction asked for by itself.</summary>
public sealed class ConditionedDenoiserTests
{
    const double Tolerance = 1e-5;

    [Theory]
    [InlineData(4.5, 3)]
    [InlineData(1, 3)]
    [InlineData(4.5, 0)]
    public void Guidance_and_perturbed_attention_follow_their_formula(double guidance, double scale)
    {
        using var leak = new LeakCheck();
        using var golden = new PipelineGolden("pipelines/alpha_tiny", "dpm");
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        var latents = golden.Tensor("in/latents").Narrow(0, 0, 1);
        var conditioning = Conditioning(golden, guidance) with
        {
            PerturbedAttention = new() { Scale = scale, Layers = ["0"] },
            GuidanceInterval = new(200, 1000),
        };
        var expert = golden.Expert();
        using var denoiser = new ConditionedDenoiser([expert], conditioning, 1000);
        foreach (var timestep in new[] { 999.0, 200, 199, 0 })
        {
            var positive = Ask(expert, conditioning.Prompts, conditioning, latents, timestep);
            var expected = positive;
            if (guidance > 1 && timestep >= 200)
            {
                var negative = Ask(expert, conditioning.Negatives!, conditioning, latents, timestep);
                expected = negative + (positive - negative) * guidance;
            }
            expected += (positive - Ask(expert, conditioning.Prompts, conditioning, latents, timestep, [0])) * scale;
            Close.Assert(expected, denoiser.Predict(latents, timestep), Tolerance, $"t = {timestep}");
        }
    }

    [Fact]
    public void An_expert_s_own_guidance_comes_before_the_request_s()
    {
        using var leak = new LeakCheck();
        using var golden = new PipelineGolden("pipelines/alpha_tiny", "dpm");
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        var latents = golden.Tensor("in/latents").Narrow(0, 0, 1);
        var expert = golden.Expert();
        var asked = Conditioning(golden, 4.5) with { GuidanceRescale = 0.7 };
        using var own = new ConditionedDenoiser([expert with { GuidanceScale = 2, GuidanceRescale = 0.3 }], asked, 1000);
        using var same = new ConditionedDenoiser([expert], asked with { GuidanceScale = 2, GuidanceRescale = 0.3 }, 1000);
        using var request = new ConditionedDenoiser([expert], asked, 1000);
        Assert.Equal(same.Predict(latents, 500).ToArray<float>(), own.Predict(latents, 500).ToArray<float>());
        Assert.NotEqual(request.Predict(latents, 500).ToArray<float>(), own.Predict(latents, 500).ToArray<float>());
    }

    static Conditioning Conditioning(PipelineGolden golden, double guidance)
    {
        var plan = golden.Plan(new() { Prompts = ["x"], Height = 16, Width = 16, ResolutionBinning = false, GuidanceScale = guidance });
        var whole = golden.Conditioning(plan);
        return whole with { Prompts = [whole.Prompts[0]], Negatives = whole.Negatives is { } all ? [all[0]] : null };
    }

    static Tensor Ask(
        PipelineExpert expert, IReadOnlyList<TextFeatures> captions, Conditioning conditioning, Tensor latents, double timestep, int[]? perturbed = null)
    {
        var model = expert.Transformer.Get(default);
        var text = TextFeatures.Join(captions);
        using CaptionState state = model.EncodeCaptions(text.Embeddings, text.Mask);
        return model.Forward(latents, Tensor.Full([1], timestep), state, perturbedBlocks: perturbed?.ToHashSet());
    }
}
