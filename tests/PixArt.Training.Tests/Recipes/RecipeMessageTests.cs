using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Recipes;

/// <summary>What a recipe is refused with, word for word.</summary>
public sealed class RecipeMessageTests
{
    const string Transformer = """
        {
          "kind": "transformer", "output": "out", "tokenizer": "tok", "from": "parent",
          "latents": { "autoencoder": "vae" }, "textEncoder": { "from": "text" }
        }
        """;

    [Theory]
    [InlineData("latents.autoencoder=\"\"", "latents.autoencoder is '', expected a component folder")]
    [InlineData("textEncoder={}", "textEncoder.model is missing, expected the encoder's configuration, or 'from' with a folder")]
    [InlineData("textEncoder={\"model\":{}}", "textEncoder.train is false, expected true, as there are no weights to start 'from'")]
    [InlineData("features={\"resolution\":300}", "features.resolution is 300, expected 256, 512, 1024, 2048 or 2880", "data.kind=folder", "data.folder=a", "textEncoder={}", "latents.cache=null", "tokenizer=")]
    [InlineData("features={}", "data.kind is 'webDataset', expected dataInfo, sam or folder, as 'features' name their files", "data.kind=webDataset", "data.folder=a", "textEncoder={}", "latents.cache=null", "tokenizer=")]
    [InlineData("report.guidance=1e999", "report.guidance is Infinity, expected a number")]
    [InlineData("steps", "--set is 'steps', expected field.of.field=value")]
    [InlineData("=3", "--set is '=3', expected field.of.field=value")]
    [InlineData("kind=5", "kind is '5', expected tokenizer or autoencoder or layout or transformer or features or control or experts")]
    [InlineData("kind=lora", "kind is 'lora', expected tokenizer or autoencoder or layout or transformer or features or control or experts")]
    [InlineData("batchSize=many", "batchSize is 'many', expected a whole number")]
    [InlineData("report=5", "report is '5', expected an object")]
    [InlineData("data={\"kind\":\"sets\",\"sets\":[{\"kind\":\"zip\"}]}", "data.sets[0].kind is 'zip', expected scenes, folder, dataInfo, sam, webDataset, parquet or sets")]
    [InlineData("data={\"kind\":\"sets\",\"sets\":3}", "data.sets is '3', expected a list")]
    [InlineData("steps=null", "steps is 'null', expected a whole number")]
    [InlineData("threads=1.5", "threads is '1.5', expected a whole number, or null")]
    [InlineData("optimizer.learningRate=fast", "optimizer.learningRate is 'fast', expected a number")]
    [InlineData("textEncoder.train=yes", "textEncoder.train is 'yes', expected true or false")]
    [InlineData("tokenizer=3", "tokenizer is '3', expected a text")]
    [InlineData("prior={\"data\":{\"kind\":\"folder\"}}", "prior.data.folder is missing, expected a folder of images", "adapter={}")]
    [InlineData("objective={\"kind\":\"meanSquare\",\"huber\":{\"c\":2}}", "objective.huber.c is 2, expected above 0, at most 1")]
    [InlineData("checkpoint.everyMinutes=0", "checkpoint.everyMinutes is 0, expected a number above 0, or null")]
    [InlineData("checkpoint.everySteps=0", "checkpoint.everySteps is 0, expected 1 or more, or null")]
    [InlineData("heldOut={\"samples\":0}", "heldOut.samples is 0, expected 1 or more")]
    [InlineData("heldOut={\"everySteps\":0}", "heldOut.everySteps is 0, expected 1 or more")]
    [InlineData("ranks.bucketMegabytes=0", "ranks.bucketMegabytes is 0, expected a number above 0")]
    [InlineData("report.everySteps=0", "report.everySteps is 0, expected 1 or more")]
    [InlineData("report.plotEveryMinutes=-1", "report.plotEveryMinutes is -1, expected 0 or more, or null")]
    [InlineData("report.samplesEveryMinutes=-1", "report.samplesEveryMinutes is -1, expected 0 or more, or null")]
    [InlineData("report.samplesEverySteps=0", "report.samplesEverySteps is 0, expected 1 or more, or null")]
    [InlineData("report.sampleSteps=0", "report.sampleSteps is 0, expected 1 or more")]
    [InlineData("schedule.warmupSteps=-1", "schedule.warmupSteps is -1, expected 0 or more")]
    [InlineData("schedule={\"kind\":\"cosine\",\"finalFactor\":2}", "schedule.finalFactor is 2, expected 0 to 1")]
    [InlineData("ema.updateAfterStep=-1", "ema.updateAfterStep is -1, expected 0 or more")]
    [InlineData("objective.noise={\"perturbation\":-1}", "objective.noise.perturbation is -1, expected 0 or more")]
    [InlineData("objective.bias={\"begin\":0,\"end\":100,\"multiplier\":0}", "objective.bias.multiplier is 0, expected a number above 0")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"beta1\":1}}", "optimizer.adafactor.beta1 is 1, expected 0 up to, not including, 1, or null")]
    [InlineData("optimizer={\"kind\":\"adafactor\",\"adafactor\":{\"epsilon1\":0}}", "optimizer.adafactor.epsilon1 is 0, expected a number above 0")]
    [InlineData("optimizer={\"kind\":\"lion\",\"lion\":{\"beta1\":1}}", "optimizer.lion.beta1 is 1, expected 0 up to, not including, 1")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"prodigy\":{\"coefficient\":0}}", "optimizer.prodigy.coefficient is 0, expected a number above 0")]
    [InlineData("optimizer={\"kind\":\"prodigy\",\"learningRate\":1,\"prodigy\":{\"beta3\":1}}", "optimizer.prodigy.beta3 is 1, expected 0 up to, not including, 1, or null")]
    [InlineData("adapter={\"rank\":0}", "adapter.rank is 0, expected 1 or more")]
    [InlineData("data={\"kind\":\"sets\",\"sets\":[{\"kind\":\"scenes\",\"folder\":\"a\"}]}", "data.sets[0].kind is 'scenes', expected folder, dataInfo, sam, webDataset or parquet")]
    [InlineData("data={\"kind\":\"sets\",\"sets\":[{}]}", "data.sets[0].folder is '', expected the folder of the set")]
    [InlineData("data={\"kind\":\"sets\",\"sets\":[{\"folder\":\"a\",\"repeats\":0}]}", "data.sets[0].repeats is 0, expected a number above 0")]
    [InlineData("data={\"kind\":\"sets\",\"sets\":[{\"folder\":\"a\",\"weight\":0}]}", "data.sets[0].weight is 0, expected a number above 0, or null")]
    [InlineData("steps.more=3", "--set is 'steps.more=3', expected a path of objects; 'steps' is a plain value")]
    [InlineData("consistency={}", "textEncoder.train is true, expected false, as 'consistency' is set", "textEncoder.train=true")]
    [InlineData("consistency={}", "interval is [400, 1000), expected all timesteps, as 'consistency' is set", "interval.low=400")]
    [InlineData("consistency={}", "from is missing, expected the folder of a trained transformer, as 'consistency' is set", "from=null", "model={}")]
    [InlineData("distributionMatching={}", "textEncoder.train is true, expected false, as 'distributionMatching' is set", "maxGradNorm=null", "textEncoder.train=true")]
    [InlineData("distributionMatching={}", "from is missing, expected the folder of a trained transformer, as 'distributionMatching' is set", "maxGradNorm=null", "from=null", "model={}")]
    public void A_field_that_cannot_be_is_told(string set, string message, params string[] others)
    {
        var error = Assert.Throws<InvalidSettingException>(() => RecipeReader.Parse(Transformer, ["steps=10", .. others, set]));
        Assert.Equal(message, error.Message);
    }

    [Theory]
    [InlineData("scheduleFree={\"stepPower\":-1}", "optimizer.scheduleFree.stepPower is -1, expected 0 or more")]
    [InlineData("scheduleFree={\"ratePower\":-1}", "optimizer.scheduleFree.ratePower is -1, expected 0 or more")]
    public void A_field_of_the_schedule_free_optimizer_is_told(string set, string message)
    {
        var error = Assert.Throws<InvalidSettingException>(() => RecipeReader.Parse(Transformer, ["ema=null", "optimizer.kind=scheduleFree", $"optimizer.{set}"]));
        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_told()
    {
        using var folder = new TemporaryFolder();
        foreach (var path in (string[])[folder["none.json"], folder.Path])
            Assert.StartsWith($"cannot read the recipe '{path}': ", Assert.Throws<PixArtException>(() => RecipeReader.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"kind\": ", "my.json: not a valid recipe (line 1): Expected depth")]
    [InlineData("[]", "my.json: a recipe is a JSON object")]
    [InlineData("{ \"kind\": \"tokenizer\", \"output\": \"a\", \"output\": \"b\" }", "my.json: not a valid recipe: Duplicate property 'output'")]
    public void A_text_that_is_no_recipe_is_told(string text, string message) =>
        Assert.StartsWith(message, Assert.ThrowsAny<PixArtException>(() => RecipeReader.Parse(text, name: "my.json")).Message, StringComparison.Ordinal);
}
