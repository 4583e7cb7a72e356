using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests.Recipes;

public sealed class RecipeReaderTests
{
    const string Minimal = """
        {
          // a comment
          "kind": "transformer",
          "output": "out", "tokenizer": "tok",
          "latents": { "autoencoder": "vae" },
          "textEncoder": { "from": "text" },
          "from": "parent", /* another */
          "interval": { "low": 400, "high": 1000 },
        }
        """;

    [Fact]
    public void Recipes_ThatComeWithTheProgram_AreValid()
    {
        var recipes = Directory.GetFiles(Path.Combine(OwnData.Path("."), "..", "..", "recipes"), "*.json", SearchOption.AllDirectories);
        Assert.NotEmpty(recipes);
        Assert.All(recipes, path =>
        {
            var recipe = RecipeReader.Load(path);
            Assert.Equal(RecipeReader.Print(recipe), RecipeReader.Print(RecipeReader.Parse(RecipeReader.Print(recipe))));
        });
    }

    [Theory]
    [InlineData("alpha-256-sam", "adamW", 176, 2e-5, 0.03, 1000, 0.9999)]
    [InlineData("alpha-256", "adamW", 176, 2e-5, 0.03, 1000, 0.9999)]
    [InlineData("alpha-512", "adamW", 38, 2e-5, 0.03, 1000, 0.9999)]
    [InlineData("alpha-512-ms", "adamW", 40, 2e-5, 0.03, 1000, 0.9999)]
    [InlineData("alpha-1024", "adamW", 2, 2e-5, 0.03, 1000, 0.9999)]
    [InlineData("alpha-1024-ms", "adamW", 12, 2e-5, 0.03, 1000, 0.9999)]
    [InlineData("alpha-1024-lcm", "adamW", 16, 2e-5, 0.0, 100, 0.95)]
    [InlineData("alpha-1024-dreambooth", "adamW", 1, 5e-6, 0.03, 0, 0.9999)]
    [InlineData("alpha-512-control-hed", "adamW", 12, 2e-5, 0.03, 0, 0.9999)]
    [InlineData("alpha-1024-control-hed", "adamW", 4, 2e-5, 0.03, 0, 0.9999)]
    [InlineData("sigma-256", "came", 64, 2e-5, 0.0, 1000, null)]
    [InlineData("sigma-512-ms", "came", 2, 2e-5, 0.0, 1000, null)]
    [InlineData("sigma-1024-ms", "came", 2, 2e-5, 0.0, 1000, null)]
    [InlineData("sigma-1024-ms-kv-compress", "came", 4, 2e-5, 0.0, 500, null)]
    [InlineData("sigma-2k-ms", "came", 4, 2e-5, 0.0, 100, null)]
    [InlineData("sigma-1024-lcm", "came", 12, 1e-5, 0.0, 100, 0.95)]
    public void Recipes_OfTheReleasedModels_HaveTheirSettings(string name, string kind, int batch, double rate, double decay, long warmup, double? average)
    {
        var recipe = (TransformerRecipe)RecipeReader.Load(Path.Combine(OwnData.Path("."), "..", "..", "recipes", "pixart", name + ".json"));
        Assert.Equal((kind, batch, rate, decay), (RecipeJson.Name(recipe.Optimizer.Kind), recipe.BatchSize, recipe.Optimizer.LearningRate, recipe.Optimizer.WeightDecay));
        Assert.Equal((warmup, average, 0.01, 43UL), (recipe.Schedule.WarmupSteps, recipe.Ema?.Decay, recipe.MaxGradNorm, recipe.Seed));
        Assert.Equal(name.StartsWith("sigma", StringComparison.Ordinal) ? 300 : 120, recipe.MaxTokens);
        Assert.True(recipe.GradientCheckpointing && recipe.Latents.SamplePosterior);
        var side = recipe.Features?.Resolution ?? recipe.Data.Buckets ?? recipe.Data.Size;
        Assert.Contains(side == 2048 ? "2k" : $"{side}", name);
        Assert.Equal(name.Contains("-ms", StringComparison.Ordinal) || name is "alpha-1024-lcm" or "sigma-1024-lcm" or "alpha-1024-dreambooth", recipe.Data.Buckets is not null || recipe.Features is { Layout: FeatureLayout.AlphaMultiScale or FeatureLayout.SigmaMultiScale });
    }

    [Fact]
    public void Recipes_OfTheReleasedModels_CompressKeysAndValuesOfTheSameModel()
    {
        var model = ((TransformerRecipe)RecipeReader.Load(Path.Combine(OwnData.Path("."), "..", "..", "recipes", "pixart", "sigma-1024-ms-kv-compress.json"))).Model!;
        var config = PixArtTransformerConfig.Read(ConfigJson.Parse(model.ToJsonString(), "model"));
        Assert.Equal((KeyValueSampling.Conv, 2), (config.KvCompression!.Sampling, config.KvCompression.ScaleFactor));
        Assert.Equal(Enumerable.Range(14, 14), config.KvCompression.Layers);
        Assert.Equal((16, 72, 28, 128, 2.0, false), (config.NumAttentionHeads, config.AttentionHeadDim, config.NumLayers, config.SampleSize, config.InterpolationScale, config.UseAdditionalConditions));
    }

    [Fact]
    public void Parse_CommentsAndTrailingCommas_AreAllowedAndDefaultsFilledIn()
    {
        var recipe = Assert.IsType<TransformerRecipe>(RecipeReader.Parse(Minimal));
        Assert.Equal((400, 1000), (recipe.Interval.Low, recipe.Interval.High));
        Assert.Equal(0.1, recipe.CaptionDropout);
        Assert.Equal(0.9999, recipe.Ema!.Decay);
        Assert.Equal(0.4, recipe.Data.Scenes.SingleShare);
    }

    [Fact]
    public void Print_ResolvedRecipe_ReadsBackTheSame()
    {
        var printed = RecipeReader.Print(RecipeReader.Parse(Minimal));
        Assert.Equal(printed, RecipeReader.Print(RecipeReader.Parse(printed)));
        Assert.Contains("\"kind\": \"transformer\"", printed);
        Assert.Contains("\"beta2\": 0.999", printed);
    }

    [Theory]
    [InlineData("optimizer.learningRate=0.5", 0.5)]
    [InlineData("optimizer.learningRate=1e-3", 1e-3)]
    public void Parse_Override_Wins(string assignment, double expected) =>
        Assert.Equal(expected, Read(assignment).Optimizer.LearningRate);

    [Fact]
    public void Parse_OverrideOfTextAndNull_AreTaken()
    {
        var recipe = Read("output=runs/with spaces", "ema=null", "optimizer.kind=muon", "latents.cache=cache");
        Assert.Equal("runs/with spaces", recipe.Output);
        Assert.Null(recipe.Ema);
        Assert.Equal(OptimizerKind.Muon, recipe.Optimizer.Kind);
        Assert.Equal("cache", ((TransformerRecipe)recipe).Latents.Cache);
    }

    [Theory]
    [InlineData(0.4, false, 0, 400)]
    [InlineData(0.4, true, 400, 1000)]
    [InlineData(0.2, false, 0, 200)]
    [InlineData(0.35, true, 350, 1000)]
    public void Parse_RefinerTraining_SaysTheTimesteps(double strength, bool inverted, int low, int high)
    {
        string[] sets = ["refinerTraining=true", FormattableString.Invariant($"refinerTrainingStrength={strength}"), $"refinerTrainingInvertSchedule={(inverted ? "true" : "false")}"];
        var recipe = (TransformerRecipe)Read(["interval={\"low\":0,\"high\":1000}", .. sets]);
        Assert.Equal(new TimestepInterval(low, high), recipe.Timesteps);
        Assert.Equal(RecipeReader.Print(recipe), RecipeReader.Print(RecipeReader.Parse(RecipeReader.Print(recipe))));
        Assert.Equal(recipe.Timesteps, ((TransformerRecipe)Read([$"interval={{\"low\":{low},\"high\":{high}}}", .. sets])).Timesteps);
    }

    [Fact]
    public void Parse_RefinerTraining_HasEveryThousandthExactly()
    {
        for (var k = 1; k < 1000; k++)
        {
            var recipe = new TransformerRecipe { RefinerTraining = true, RefinerTrainingStrength = k / 1000.0 };
            Assert.Equal(new TimestepInterval(0, k), recipe.Timesteps);
            recipe.RefinerTrainingInvertSchedule = true;
            Assert.Equal(new TimestepInterval(k, 1000), recipe.Timesteps);
        }
    }

    [Theory]
    [InlineData("refinerTrainingStrength is missing", "refinerTraining=true")]
    [InlineData("refinerTrainingStrength is 1,", "refinerTraining=true", "refinerTrainingStrength=1")]
    [InlineData("refinerTrainingStrength is 0.0005,", "refinerTraining=true", "refinerTrainingStrength=0.0005")]
    [InlineData("refinerTrainingStrength is 0.4, expected null, or 'refinerTraining' true", "refinerTrainingStrength=0.4")]
    [InlineData("refinerTrainingInvertSchedule is true, expected false, or 'refinerTraining' true", "refinerTrainingInvertSchedule=true")]
    [InlineData("interval is [400, 1000), expected left out, or [0, 400)", "refinerTraining=true", "refinerTrainingStrength=0.4")]
    public void Parse_RefinerTrainingThatContradicts_IsRefused(string told, params string[] sets) =>
        Assert.Contains(told, Assert.Throws<InvalidSettingException>(() => Read(sets)).Message);

    [Theory]
    [InlineData("optimizer.learnRate=1", "optimizer.learnRate", "optimizer.learningRate")]
    [InlineData("batchsize=3", "batchsize", "batchSize")]
    [InlineData("data={\"kind\":\"sets\",\"sets\":[{\"folder\":\"a\"},{\"folder\":\"b\",\"repeat\":2}]}", "data.sets[1].repeat", "data.sets[1].repeats")]
    [InlineData("data.scenes.singelShare=1", "data.scenes.singelShare", "data.scenes.singleShare")]
    public void Parse_UnknownField_NamesTheNearest(string assignment, string field, string nearest)
    {
        var message = Assert.Throws<PixArtException>(() => Read(assignment)).Message;
        Assert.Contains($"'{field}'", message);
        Assert.Contains($"did you mean '{nearest}'?", message);
    }

    [Fact]
    public void Parse_FieldLikeNoOther_IsRefusedWithoutASuggestion() =>
        Assert.DoesNotContain("did you mean", Assert.Throws<PixArtException>(() => Read("qqqqqqqq=1")).Message);

    [Theory]
    [InlineData("steps=0", "steps")]
    [InlineData("batchSize=-1", "batchSize")]
    [InlineData("captionDropout=1.5", "captionDropout")]
    [InlineData("interval.high=1001", "interval")]
    [InlineData("optimizer.beta1=1", "optimizer.beta1")]
    [InlineData("optimizer.kind=sgd", "optimizer.kind")]
    [InlineData("steps=many", "steps")]
    [InlineData("kind=lora", "kind")]
    [InlineData("objective.minSnrGamma=0", "objective.minSnrGamma")]
    [InlineData("maxGradNorm=0", "maxGradNorm")]
    [InlineData("checkpoint.keep=0", "checkpoint.keep")]
    [InlineData("objective.bias={\"begin\":0,\"end\":100,\"multiplier\":2}", "bias")]
    [InlineData("model.num_layer=3", "model.num_layer")]
    public void Parse_ValueThatCannotBe_NamesTheField(string assignment, string field) =>
        Assert.Contains(field, Assert.ThrowsAny<PixArtException>(() => Read(assignment)).Message);

    [Theory]
    [InlineData("{ \"kind\": ")]
    [InlineData("[]")]
    [InlineData("{ \"kind\": \"tokenizer\", \"output\": \"a\", \"output\": \"b\" }")]
    public void Parse_NotARecipe_IsOneLine(string text)
    {
        var message = Assert.ThrowsAny<PixArtException>(() => RecipeReader.Parse(text, name: "my.json")).Message;
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Load_NoSuchFile_NamesIt() =>
        Assert.Contains("nowhere.json", Assert.Throws<PixArtException>(() => RecipeReader.Load("nowhere.json")).Message);

    static GradientRecipe Read(params string[] overrides) => (GradientRecipe)RecipeReader.Parse(Minimal, overrides);
}
