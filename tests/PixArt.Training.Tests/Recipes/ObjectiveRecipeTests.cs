using PixArt.Training.Objectives;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Recipes;

public sealed class ObjectiveRecipeTests
{
    const string Minimal = """
        {
          "kind": "transformer", "output": "out", "tokenizer": "tok", "latents": { "autoencoder": "vae" },
          "textEncoder": { "from": "text" }, "from": "parent"
        }
        """;

    [Fact]
    public void Build_AllOptions_AreTaken()
    {
        var recipe = Read("objective={\"target\":\"velocity\",\"zeroTerminalSnr\":true,\"minSnrGamma\":5,\"minSnrForm\":\"soft\",\"huber\":{\"c\":0.2},\"noise\":{\"offset\":0.1}}");
        var objective = Assert.IsType<MeanSquareObjective>(recipe.Objective.Build());
        Assert.Equal(0, objective.Process.AlphasCumprod[^1]);
        Assert.Equal((0.2, HuberSchedule.Snr), (objective.Huber!.C, objective.Huber.Schedule));
        Assert.Equal((0.1, 1), (recipe.Objective.Noise!.Offset, recipe.Objective.Noise.OffsetProbability));
        var printed = RecipeReader.Print(recipe);
        Assert.Contains("\"schedule\": \"snr\"", printed);
        Assert.Equal(printed, RecipeReader.Print(RecipeReader.Parse(printed)));
    }

    [Fact]
    public void Build_SwitchTarget_IsTheRepositoriesSnrLoss() =>
        Assert.True(Assert.IsType<PixArtObjective>(Read("objective={\"kind\":\"pixArt\",\"switchTarget\":true}").Objective.Build()).SwitchTarget);

    [Theory]
    [InlineData("objective.zeroTerminalSnr=true", "objective.target", "'velocity' or 'sample'")]
    [InlineData("objective={\"kind\":\"pixArt\",\"target\":\"velocity\"}", "objective.kind", "'meanSquare'")]
    [InlineData("objective={\"kind\":\"pixArt\",\"huber\":{}}", "objective.kind", "'meanSquare'")]
    [InlineData("objective={\"kind\":\"pixArt\",\"target\":\"sample\",\"zeroTerminalSnr\":true,\"switchTarget\":true}", "objective.switchTarget", "false")]
    [InlineData("objective.switchTarget=true", "objective.switchTarget", "'kind' pixArt")]
    [InlineData("objective.minSnrForm=soft", "objective.minSnrForm", "a 'minSnrGamma'")]
    [InlineData("objective={\"minSnrGamma\":5,\"minSnrForm\":\"shifted\"}", "objective.minSnrForm", "'velocity'")]
    [InlineData("objective.huber={\"c\":0}", "objective.huber.c", "above 0")]
    [InlineData("objective.huber={\"schedule\":\"linear\"}", "objective.huber.schedule", "a value of the right kind")]
    [InlineData("objective.noise={\"offset\":-1}", "objective.noise.offset", "0 or more")]
    [InlineData("objective.noise={\"offset\":0.1,\"offsetProbability\":2}", "objective.noise.offsetProbability", "0 to 1")]
    [InlineData("objective.noise={\"offsetProbability\":0.5}", "objective.noise.offsetProbability", "an 'offset' above 0")]
    [InlineData("objective.noise={\"perturbationSteps\":10}", "objective.noise.perturbationSteps", "a 'perturbation' above 0")]
    [InlineData("objective.noise={\"perturbation\":0.1,\"perturbationSteps\":0}", "objective.noise.perturbationSteps", "1 or more")]
    [InlineData("precision=fp8", "precision", "a value of the right kind")]
    [InlineData("parameters=bf16", "precision", "bf16, as 'parameters' are")]
    [InlineData("lossScaling={}", "lossScaling", "'precision' fp16")]
    public void Parse_WhatDoesNotFit_NamesTheFieldAndWhatWouldBeRight(string set, string field, string expected)
    {
        var error = Assert.Throws<InvalidSettingException>(() => Read(set));
        Assert.Equal(field, error.Field);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("objective.minSnrGamma=5", "objective.minSnrGamma")]
    [InlineData("objective.huber={}", "objective.huber")]
    [InlineData("objective.noise={\"offset\":0.1}", "objective.noise")]
    [InlineData("objective.bias={\"begin\":0,\"end\":100,\"multiplier\":2}", "objective.bias")]
    public void Parse_LossOptionsOfADistillation_AreRefused(string set, string field)
    {
        var error = Assert.Throws<InvalidSettingException>(() => Read("consistency={}", set));
        Assert.Equal(field, error.Field);
        Assert.Contains("'consistency' has a loss of its own", error.Message);
    }

    [Theory]
    [InlineData("objective.huber={}", "objective.huber")]
    [InlineData("objective={\"minSnrGamma\":5,\"minSnrForm\":\"soft\"}", "objective.minSnrForm")]
    [InlineData("precision=fp16", "precision")]
    public void Parse_WhatDistributionMatchingWouldNotLookAt_IsRefused(string set, string field)
    {
        var error = Assert.Throws<InvalidSettingException>(() => Read("distributionMatching={}", "maxGradNorm=null", set));
        Assert.Equal(field, error.Field);
        Assert.Contains("'distributionMatching'", error.Message);
    }

    [Theory]
    [InlineData("lossScaling={\"initial\":0}", "lossScaling.initial")]
    [InlineData("lossScaling={\"growth\":1}", "lossScaling.growth")]
    [InlineData("lossScaling={\"backoff\":1}", "lossScaling.backoff")]
    [InlineData("lossScaling={\"growthInterval\":0}", "lossScaling.growthInterval")]
    public void Parse_LossScalingOutOfRange_NamesTheField(string set, string field) =>
        Assert.Equal(field, Assert.Throws<InvalidSettingException>(() => Read("precision=fp16", set)).Field);

    [Fact]
    public void Parse_MuonOnBFloat16Parameters_IsRefused() => Assert.Equal(
        "optimizer.kind", Assert.Throws<InvalidSettingException>(() => Read("precision=bf16", "parameters=bf16", "optimizer.kind=muon")).Field);

    static TransformerRecipe Read(params string[] overrides) => (TransformerRecipe)RecipeReader.Parse(Minimal, overrides);
}
