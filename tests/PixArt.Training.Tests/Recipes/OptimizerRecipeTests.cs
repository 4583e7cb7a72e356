using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Recipes;

public sealed class OptimizerRecipeTests
{
    const string Minimal = """
        { "kind": "autoencoder", "output": "out", "data": { "folder": "emoji" }, "from": "vae" }
        """;

    [Theory]
    [InlineData("optimizer.kind=came", "\"beta3\": 0.9999")]
    [InlineData("optimizer.kind=lion", "\"beta2\": 0.99")]
    [InlineData("optimizer={\"kind\":\"lion\",\"lion\":{\"beta1\":0.8}}", "\"beta2\": 0.99")]
    [InlineData("optimizer.kind=adafactor", "\"decayRate\": -0.8")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1}", "\"firstRate\": 1E-06")]
    [InlineData("optimizer.kind=adam8Bit", "\"kind\": \"adam8Bit\"")]
    public void Print_AnyKind_ShowsItsSettingsAndReadsBackTheSame(string set, string shown)
    {
        var printed = RecipeReader.Print(RecipeReader.Parse(Minimal, [set]));
        Assert.Contains(shown, printed, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(printed, RecipeReader.Print(RecipeReader.Parse(printed)));
    }

    [Fact]
    public void Print_OtherKinds_AreNull() => Assert.Contains("\"prodigy\": null", RecipeReader.Print(RecipeReader.Parse(Minimal)));

    [Theory]
    [InlineData("optimizer.kind=scheduleFree", "ema is 'given', expected null, as the optimizer 'scheduleFree' averages by itself")]
    [InlineData("optimizer.kind=prodigy", "optimizer.learningRate is 0.0001, expected 1, or near it: it multiplies the rate that the optimizer finds")]
    [InlineData("optimizer.lion={}", "optimizer.lion is 'given', expected null, or 'kind' lion")]
    [InlineData("optimizer={\"kind\":\"came\",\"beta1\":0.8}", "optimizer.beta1 is 0.8, expected left out, as kind is 'came': its settings are 'optimizer.came'")]
    [InlineData("optimizer={\"kind\":\"came\",\"came\":{\"beta3\":1}}", "optimizer.came.beta3 is 1, expected 0 up to, not including, 1")]
    [InlineData("optimizer={\"kind\":\"came\",\"came\":{\"epsilon2\":0}}", "optimizer.came.epsilon2 is 0, expected a number above 0")]
    [InlineData("optimizer={\"kind\":\"lion\",\"lion\":{\"beta2\":-1}}", "optimizer.lion.beta2 is -1, expected 0 up to, not including, 1")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"warmupInit\":true}}", "optimizer.adafactor.warmupInit is true, expected false, or 'relativeStep' true")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"relativeStep\":true}}", "optimizer.learningRate is 0.0001, expected 1, or near it: it multiplies the rate that the optimizer finds")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"decayRate\":0.8}}", "optimizer.adafactor.decayRate is 0.8, expected a number below 0")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"prodigy\":{\"growthRate\":1}}", "optimizer.prodigy.growthRate is 1, expected a number above 1, or null")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"rateScaling\":\"sqrt\"}", "optimizer.rateScaling is 'sqrt', expected none, as the optimizer finds the learning rate")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"prodigy\":{\"firstRate\":0}}", "optimizer.prodigy.firstRate is 0, expected a number above 0")]
    [InlineData("optimizer.rateScaling=cubic", "optimizer.rateScaling is 'cubic', expected none, sqrt or linear")]
    [InlineData("schedule.power=2", "schedule.power is 2, expected 1, or 'kind' polynomial")]
    [InlineData("schedule={\"kind\":\"polynomial\",\"power\":0}", "schedule.power is 0, expected a number above 0")]
    [InlineData("schedule.finalFactor=0.1", "schedule.finalFactor is 0.1, expected 0, or a 'kind' that falls")]
    [InlineData("ema.decay=2", "ema.decay is 2, expected 0 to 1")]
    [InlineData("ema={\"minDecay\":0.5,\"decay\":0.4}", "ema.minDecay is 0.5, expected 0 up to 'decay'")]
    [InlineData("ema={\"warmup\":true,\"fixed\":true}", "ema.warmup is true, expected false, as 'fixed' keeps the decay from the first step on")]
    [InlineData("ema.power=0", "ema.power is 0, expected a number above 0")]
    [InlineData("ema.inverseGamma=0", "ema.inverseGamma is 0, expected a number above 0")]
    public void Parse_WhatDoesNotFit_NamesTheFieldAndWhatWouldBeRight(string set, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => RecipeReader.Parse(Minimal, [set])).Message);

    [Fact]
    public void Parse_ScheduleFreeUnderASchedule_IsRefused()
    {
        var error = Assert.Throws<InvalidSettingException>(() => RecipeReader.Parse(Minimal, ["optimizer.kind=scheduleFree", "ema=null", "schedule.kind=cosine"]));
        Assert.Equal("schedule.kind is 'cosine', expected constant, as the optimizer needs no schedule but a warm-up", error.Message);
    }

    [Theory]
    [InlineData(RateScaling.None, 2e-5)]
    [InlineData(RateScaling.Sqrt, 1e-5)]
    [InlineData(RateScaling.Linear, 5e-6)]
    public void RateFor_SixtyFourSamples_IsScaledFrom256(RateScaling scaling, double expected) =>
        Assert.Equal(expected, new OptimizerRecipe { LearningRate = 2e-5, RateScaling = scaling }.RateFor(64), 1e-12);
}
