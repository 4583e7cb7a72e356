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
    [InlineData("optimizer.kind=scheduleFree", "ema", "null, as the optimizer 'scheduleFree' averages by itself")]
    [InlineData("optimizer.kind=prodigy", "optimizer.learningRate", "1, or near it")]
    [InlineData("optimizer.lion={}", "optimizer.lion", "null, or 'kind' lion")]
    [InlineData("optimizer={\"kind\":\"came\",\"beta1\":0.8}", "optimizer.beta1", "'optimizer.came'")]
    [InlineData("optimizer={\"kind\":\"came\",\"came\":{\"beta3\":1}}", "optimizer.came.beta3", "0 up to, not including, 1")]
    [InlineData("optimizer={\"kind\":\"came\",\"came\":{\"epsilon2\":0}}", "optimizer.came.epsilon2", "above 0")]
    [InlineData("optimizer={\"kind\":\"lion\",\"lion\":{\"beta2\":-1}}", "optimizer.lion.beta2", "0 up to")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"warmupInit\":true}}", "optimizer.adafactor.warmupInit", "'relativeStep' true")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"relativeStep\":true}}", "optimizer.learningRate", "1, or near it")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"decayRate\":0.8}}", "optimizer.adafactor.decayRate", "below 0")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"prodigy\":{\"growthRate\":1}}", "optimizer.prodigy.growthRate", "above 1")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"rateScaling\":\"sqrt\"}", "optimizer.rateScaling", "none")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"prodigy\":{\"firstRate\":0}}", "optimizer.prodigy.firstRate", "above 0")]
    [InlineData("optimizer.rateScaling=cubic", "optimizer.rateScaling", "a value of the right kind")]
    [InlineData("schedule.power=2", "schedule.power", "'kind' polynomial")]
    [InlineData("schedule={\"kind\":\"polynomial\",\"power\":0}", "schedule.power", "above 0")]
    [InlineData("schedule.finalFactor=0.1", "schedule.finalFactor", "a 'kind' that falls")]
    [InlineData("ema.decay=2", "ema.decay", "0 to 1")]
    [InlineData("ema={\"minDecay\":0.5,\"decay\":0.4}", "ema.minDecay", "up to 'decay'")]
    [InlineData("ema={\"warmup\":true,\"fixed\":true}", "ema.warmup", "'fixed'")]
    [InlineData("ema.power=0", "ema.power", "above 0")]
    [InlineData("ema.inverseGamma=0", "ema.inverseGamma", "above 0")]
    public void Parse_WhatDoesNotFit_NamesTheFieldAndWhatWouldBeRight(string set, string field, string expected)
    {
        var error = Assert.Throws<InvalidSettingException>(() => RecipeReader.Parse(Minimal, [set]));
        Assert.Equal(field, error.Field);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Parse_ScheduleFreeUnderASchedule_IsRefused()
    {
        var error = Assert.Throws<InvalidSettingException>(() => RecipeReader.Parse(Minimal, ["optimizer.kind=scheduleFree", "ema=null", "schedule.kind=cosine"]));
        Assert.Equal("schedule.kind", error.Field);
        Assert.Contains("cosine", error.Message);
    }

    [Theory]
    [InlineData(RateScaling.None, 2e-5)]
    [InlineData(RateScaling.Sqrt, 1e-5)]
    [InlineData(RateScaling.Linear, 5e-6)]
    public void RateFor_SixtyFourSamples_IsScaledFrom256(RateScaling scaling, double expected) =>
        Assert.Equal(expected, new OptimizerRecipe { LearningRate = 2e-5, RateScaling = scaling }.RateFor(64), 1e-12);
}
