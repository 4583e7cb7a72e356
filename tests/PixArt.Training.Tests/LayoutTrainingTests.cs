using System.Security.Cryptography;
using System.Text.Json;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests;

public sealed class LayoutTrainingTests(LayoutTrainingTests.Fixture fixture) : IClassFixture<LayoutTrainingTests.Fixture>
{
    [Fact]
    public void Run_LearnsWhatStandsWhere()
    {
        var output = fixture.Folder["learns"];
        TrainingRun.Run(fixture.Layout(output, "steps=30"));
        var layout = Metric(output, "layout");
        Assert.True(layout[^1] < 0.7 * layout[0], $"the loss went from {layout[0]} to {layout[^1]} only");
        Assert.All(Metric(output, "placesRight"), share => Assert.InRange(share, 0, 1));
    }

    [Fact]
    public void Run_WithATeacher_ComesNearerToItsFeatures()
    {
        var (teacher, output) = (fixture.Folder["teacher"], fixture.Folder["taught"]);
        TrainingRun.Run(fixture.Layout(teacher, "steps=2"));
        TrainingRun.Run(fixture.Layout(output, "steps=30", "seed=2", $"teacher={teacher}/text_encoder", "teacherWeight=10"));
        var distance = Metric(output, "distance");
        Assert.True(distance[^1] < 0.6 * distance[0], $"the distance went from {distance[0]} to {distance[^1]} only");

        var refused = Assert.Throws<InvalidSettingException>(
            () => TrainingRun.Run(fixture.Layout(fixture.Folder["narrow"], "model.d_model=16", $"teacher={teacher}/text_encoder")));
        Assert.Contains("width 16, not 32", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_StoppedAndResumed_EndsWithTheSameBitsAndNoTensorAlive()
    {
        var (straight, stopped) = (fixture.Folder["straight"], fixture.Folder["stopped"]);
        using var leak = new LeakCheck();
        TrainingRun.Run(fixture.Layout(straight, "steps=5"));
        InterruptedRun.UpTo(3, fixture.Layout(stopped, "steps=5"));
        TrainingRun.Run(fixture.Layout(stopped, "steps=5"));
        Assert.Equal(Hash(straight), Hash(stopped));
    }

    [Theory]
    [InlineData("data.kind=folder", "data.kind")]
    [InlineData("teacherWeight=0", "teacherWeight")]
    [InlineData("positionSpread=-1", "positionSpread")]
    [InlineData("tokenizer=", "tokenizer")]
    [InlineData("maxTokens=1", "maxTokens")]
    public void Recipe_OutOfRange_IsRefusedByName(string set, string field)
    {
        var refused = Assert.Throws<InvalidSettingException>(() => fixture.Layout("somewhere", set, "data.folder=there"));
        Assert.StartsWith(field + " ", refused.Message, StringComparison.Ordinal);
    }

    static double[] Metric(string output, string name) =>
        [.. File.ReadLines(Path.Combine(output, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty(name).GetDouble())];

    static string Hash(string output) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(output, "text_encoder", "model.safetensors"))));

    public sealed class Fixture : IDisposable
    {
        public Fixture() => TrainingRun.Run(RecipeReader.Parse($$"""
            { "kind": "tokenizer", "output": "{{Folder.Path}}", "data": { "kind": "scenes" }, "vocabularySize": 320, "captions": 2000 }
            """));

        internal TemporaryFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();

        internal TrainingRecipe Layout(string output, params string[] overrides) => RecipeReader.Parse($$"""
            {
              "kind": "layout", "output": "{{output}}", "data": { "kind": "scenes" }, "tokenizer": "{{Folder.Path}}/tokenizer",
              "model": { "vocab_size": 320, "d_model": 32, "d_kv": 8, "num_heads": 4, "d_ff": 32, "num_layers": 1, "feed_forward_proj": "gated-gelu" },
              "batchSize": 16, "threads": 1, "ema": null, "optimizer": { "learningRate": 1e-2 }, "schedule": { "warmupSteps": 2 },
              "report": { "everySteps": 1, "plotEveryMinutes": null, "samplesEveryMinutes": null }
            }
            """, overrides);
    }
}
