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
    [InlineData("objective.zeroTerminalSnr=true", "objective.target is 'epsilon', expected 'velocity' or 'sample', as with 'zeroTerminalSnr' the last timestep is pure noise")]
    [InlineData("objective={\"kind\":\"pixArt\",\"target\":\"velocity\"}", "objective.kind is 'pixArt', expected 'meanSquare' for velocity, min-SNR or Huber")]
    [InlineData("objective={\"kind\":\"pixArt\",\"huber\":{}}", "objective.kind is 'pixArt', expected 'meanSquare' for velocity, min-SNR or Huber")]
    [InlineData("objective={\"kind\":\"pixArt\",\"target\":\"sample\",\"zeroTerminalSnr\":true,\"switchTarget\":true}", "objective.switchTarget is true, expected false, as with 'zeroTerminalSnr' no noise can be told from the last timestep")]
    [InlineData("objective.switchTarget=true", "objective.switchTarget is true, expected false, or 'kind' pixArt")]
    [InlineData("objective.minSnrForm=soft", "objective.minSnrForm is 'soft', expected 'standard', or a 'minSnrGamma'")]
    [InlineData("objective={\"minSnrGamma\":5,\"minSnrForm\":\"shifted\"}", "objective.minSnrForm is 'shifted', expected 'standard' or 'soft', as 'target' is not 'velocity'")]
    [InlineData("objective.huber={\"c\":0}", "objective.huber.c is 0, expected above 0, at most 1")]
    [InlineData("objective.huber={\"schedule\":\"linear\"}", "objective.huber.schedule is 'linear', expected constant, exponential or snr")]
    [InlineData("objective.noise={\"offset\":-1}", "objective.noise.offset is -1, expected 0 or more")]
    [InlineData("objective.noise={\"offset\":0.1,\"offsetProbability\":2}", "objective.noise.offsetProbability is 2, expected 0 to 1")]
    [InlineData("objective.noise={\"offsetProbability\":0.5}", "objective.noise.offsetProbability is 0.5, expected 1, or an 'offset' above 0")]
    [InlineData("objective.noise={\"perturbationSteps\":10}", "objective.noise.perturbationSteps is 10, expected null, or a 'perturbation' above 0")]
    [InlineData("objective.noise={\"perturbation\":0.1,\"perturbationSteps\":0}", "objective.noise.perturbationSteps is 0, expected 1 or more, or null")]
    [InlineData("precision=fp8", "precision is 'fp8', expected fp32, bf16 or fp16")]
    [InlineData("parameters=bf16", "precision is 'fp32', expected bf16, as 'parameters' are")]
    [InlineData("lossScaling={}", "lossScaling is 'given', expected null, or 'precision' fp16")]
    public void Parse_WhatDoesNotFit_NamesTheFieldAndWhatWouldBeRight(string set, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => Read(set)).Message);

    [Theory]
    [InlineData("objective.minSnrGamma=5", "objective.minSnrGamma is 5")]
    [InlineData("objective.huber={}", "objective.huber is 'given'")]
    [InlineData("objective.noise={\"offset\":0.1}", "objective.noise is 'given'")]
    [InlineData("objective.bias={\"begin\":0,\"end\":100,\"multiplier\":2}", "objective.bias is 'given'")]
    public void Parse_LossOptionsOfADistillation_AreRefused(string set, string told) => Assert.Equal(
        $"{told}, expected null, as 'consistency' has a loss of its own",
        Assert.Throws<InvalidSettingException>(() => Read("consistency={}", set)).Message);

    [Theory]
    [InlineData("objective.huber={}", "objective.huber is 'given', expected null, as 'distributionMatching' has a loss of its own")]
    [InlineData("objective={\"minSnrGamma\":5,\"minSnrForm\":\"soft\"}", "objective.minSnrForm is 'soft', expected standard, as 'distributionMatching' is set")]
    [InlineData("precision=fp16", "precision is 'fp16', expected bf16 or fp32, as 'distributionMatching' is set")]
    public void Parse_WhatDistributionMatchingWouldNotLookAt_IsRefused(string set, string message) => Assert.Equal(
        message, Assert.Throws<InvalidSettingException>(() => Read("distributionMatching={}", "maxGradNorm=null", set)).Message);

    [Theory]
    [InlineData("lossScaling={\"initial\":0}", "lossScaling.initial is 0, expected 1 or more")]
    [InlineData("lossScaling={\"growth\":1}", "lossScaling.growth is 1, expected a number above 1")]
    [InlineData("lossScaling={\"backoff\":1}", "lossScaling.backoff is 1, expected above 0 and below 1")]
    [InlineData("lossScaling={\"growthInterval\":0}", "lossScaling.growthInterval is 0, expected 1 or more")]
    public void Parse_LossScalingOutOfRange_NamesTheField(string set, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => Read("precision=fp16", set)).Message);

    [Fact]
    public void Parse_MuonOnBFloat16Parameters_IsRefused() => Assert.Equal(
        "optimizer.kind is 'muon', expected another kind, as 'parameters' are bf16",
        Assert.Throws<InvalidSettingException>(() => Read("precision=bf16", "parameters=bf16", "optimizer.kind=muon")).Message);

    static TransformerRecipe Read(params string[] overrides) => (TransformerRecipe)RecipeReader.Parse(Minimal, overrides);
}
