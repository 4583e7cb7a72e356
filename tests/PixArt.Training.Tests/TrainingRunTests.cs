using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixArt.Imaging;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests;

public sealed class TrainingRunTests(TrainingRunTests.Fixture fixture) : IClassFixture<TrainingRunTests.Fixture>
{
    [Fact]
    public void Run_FinishedCancelledOrRefused_LeavesNoTensorAlive()
    {
        using var leak = new LeakCheck();
        TrainingRun.Run(fixture.Run.Transformer(fixture.Folder["a"], "steps=10", "accumulation=1"));
        using (var stop = new CancellationTokenSource())
        {
            var listener = new Listener(made =>
            {
                if (made is StepMade) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(
                () => TrainingRun.Run(fixture.Run.Transformer(fixture.Folder["b"]), listener, stop.Token));
        }

        Assert.ThrowsAny<PixArtException>(
            () => TrainingRun.Run(fixture.Run.Transformer(fixture.Folder["c"], "from=" + fixture.Run.Folder + "/autoencoder/vae")));
        TrainingRun.Run(fixture.Run.Autoencoder("output=" + fixture.Folder["d"]));
    }

    [Fact]
    public void Run_InFlight_HoldsTheSameNumberOfTensorsAtEveryStep()
    {
        var counts = new List<long>();
        TrainingRun.Run(fixture.Run.Transformer(fixture.Folder["e"], "steps=10", "checkpoint.everySteps=null"), new Listener(made =>
        {
            if (made is StepMade) counts.Add(LibTorch.LiveTensorCount);
        }));
        // Waiting batches come and go on their own thread: up to three of three tensors, and one in the making.
        Assert.InRange(counts.Skip(1).Max() - counts.Skip(1).Min(), 0, 16);
    }

    [Fact]
    public void Run_WithHeldOutSamples_MeasuresThemAndChangesNothing()
    {
        var (with, without) = (fixture.Folder["with"], fixture.Folder["without"]);
        var heldOut = $$"""heldOut={"data":{"kind":"folder","folder":"{{fixture.Run.Folder}}/data","size":16},"samples":3,"everySteps":4}""";
        using (new LeakCheck()) TrainingRun.Run(fixture.Run.Transformer(with, heldOut));
        TrainingRun.Run(fixture.Run.Transformer(without));

        var lines = File.ReadLines(Path.Combine(with, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var measured = lines.Where(line => line.EnumerateObject().Any(field => field.Name.StartsWith("heldOut.t", StringComparison.Ordinal)));
        Assert.Equal([4L, TinyRun.Steps], measured.Select(line => line.GetProperty("step").GetInt64()));
        // The interval is [100, 900).
        Assert.DoesNotContain(lines, line => line.TryGetProperty("heldOut.t000", out _) || line.TryGetProperty("heldOut.t900", out _));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(without, "transformer", "diffusion_pytorch_model.safetensors")),
            File.ReadAllBytes(Path.Combine(with, "transformer", "diffusion_pytorch_model.safetensors")));
    }

    [Theory]
    [InlineData("precision=bf16")]
    [InlineData("latents.cache=null")]
    [InlineData("gradientCheckpointing=true")]
    [InlineData("optimizer.kind=muon")]
    [InlineData("objective={\"kind\":\"meanSquare\",\"target\":\"velocity\",\"minSnrGamma\":5}")]
    public void Run_WithAnOption_EndsWithNearlyTheLossOfTheOther(string set)
    {
        // The first step's loss is that of the same weights, noise and timesteps.
        var plain = FirstLoss(set.StartsWith("objective", StringComparison.Ordinal) ? set : "seed=43");
        Assert.Equal(plain, FirstLoss(set), plain * 0.02);
        Assert.True(plain > 0);
    }

    [Fact]
    public void Run_BucketsBrokenPicturesAndSizeConditions_TrainsOnBatchesOfOneSize()
    {
        var data = fixture.Folder["many sizes"];
        foreach (var (name, width, height) in new[] { ("a", 400, 100), ("b", 90, 90), ("c", 400, 100), ("d", 100, 100) })
        {
            Image.Filled(width, height, new(50, 100, 150)).Save(Path.Combine(data, name + ".png"));
            File.WriteAllText(Path.Combine(data, name + ".txt"), "a blue square");
        }

        File.WriteAllBytes(Path.Combine(data, "e.jpg"), Image.Filled(300, 300, new(9, 9, 9)).Encode(ImageFormat.Jpeg)[..900]);
        File.WriteAllText(Path.Combine(data, "f.png"), "broken");
        var told = new List<string>();
        foreach (var cache in (string[])["null", fixture.Folder["sizes cache"]])
        {
            told.Clear();
            using var leak = new LeakCheck();
            TrainingRun.Run(
                fixture.Run.Transformer(
                    fixture.Folder["sizes" + cache.Length], $"data={{\"kind\":\"folder\",\"folder\":\"{data}\",\"buckets\":256}}", "model.patch_size=8",
                    "model.use_additional_conditions=true", "model.attention_head_dim=12", "model.cross_attention_dim=24", "steps=3", "latents.cache=" + cache),
                new Listener(made =>
                {
                    if (made is Notice notice) told.Add(notice.Message);
                }));
            Assert.Contains(told, line => line.Contains("5 of 6 pictures", StringComparison.Ordinal));
            Assert.Contains(told, line => line.Contains("f.png", StringComparison.Ordinal));
            Assert.Contains(told, line => line.Contains("128×512 2, 256×256 3", StringComparison.Ordinal));
        }

        Assert.Single(told, line => line.StartsWith("broken, another picture takes its place: ", StringComparison.Ordinal) && line.Contains("e.jpg", StringComparison.Ordinal));
        var replaced = Directory.GetFiles(fixture.Folder["sizes cache"], "replaced.txt", SearchOption.AllDirectories);
        Assert.Equal("4 2", File.ReadAllText(Assert.Single(replaced)).Trim());
    }

    [Fact]
    public void Run_Branch_StartsFromTheParentOnItsOwnTimesteps()
    {
        var parent = fixture.Folder["parent"];
        TrainingRun.Run(fixture.Run.Transformer(parent, "ema=null"));
        var child = fixture.Folder["child"];
        TrainingRun.Run(fixture.Run.Transformer(
            child, $"from={parent}/transformer", $"textEncoder={{\"from\":\"{parent}/text_encoder\"}}", "model=null",
            "interval={\"low\":0,\"high\":400}", "optimizer.learningRate=1e-12", "steps=1", "ema=null"));
        Assert.Equal(0, ExpertInterval.Read(Path.Combine(child, "transformer")).Low);
        Assert.Equal(400, ExpertInterval.Read(Path.Combine(child, "transformer")).High);
        using var before = Weights.SafetensorsFile.Open(Path.Combine(parent, "transformer", "diffusion_pytorch_model.safetensors"));
        using var after = Weights.SafetensorsFile.Open(Path.Combine(child, "transformer", "diffusion_pytorch_model.safetensors"));
        Assert.Equal(before.Bytes("proj_out.bias").ToArray(), after.Bytes("proj_out.bias").ToArray());
        Assert.False(Directory.Exists(Path.Combine(child, "text_encoder")));
        Assert.Equal("0,400", after.Metadata["timesteps"]);
    }

    [Fact]
    public void Run_CompressesKeysAndValues_FromAParentThatDoesNot()
    {
        var parent = fixture.Folder["plain parent"];
        TrainingRun.Run(fixture.Run.Transformer(parent, "ema=null", "steps=1"));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(parent, "transformer", "config.json")))!;
        config["kv_compression"] = JsonNode.Parse("""{ "sampling": "conv", "scale_factor": 2, "layers": [1] }""");
        string[] from = [$"from={parent}/transformer", $"textEncoder={{\"from\":\"{parent}/text_encoder\"}}", "ema=null"];
        var output = fixture.Folder["compressed"];
        TrainingRun.Run(fixture.Run.Transformer(output, [.. from, $"model={config.ToJsonString()}", "optimizer.learningRate=1e-9", "steps=1"]));
        using (var written = SafetensorsFile.Open(Path.Combine(output, "transformer", "diffusion_pytorch_model.safetensors")))
        {
            Assert.Equal(
                ["attn1.norm.bias", "attn1.norm.weight", "attn1.sr.bias", "attn1.sr.weight"],
                written.Tensors.Keys.Where(KeyValueCompression.Adds).Select(name => name["transformer_blocks.1.".Length..]).Order(StringComparer.Ordinal), StringComparer.Ordinal);
            // A mean of four at first.
            Assert.All(MemoryMarshal.Cast<byte, float>(written.Bytes("transformer_blocks.1.attn1.sr.weight")).ToArray(), value => Assert.Equal(0.25f, value, 1e-6f));
        }

        // Trained further it needs no such allowance, and nothing else may be missing.
        TrainingRun.Run(fixture.Run.Transformer(fixture.Folder["further"], [.. from, $"from={output}/transformer", "model=null", "steps=1"]));
        config["num_layers"] = 3;
        Assert.Contains("transformer_blocks.2.", Assert.ThrowsAny<PixArtException>(
            () => TrainingRun.Run(fixture.Run.Transformer(fixture.Folder["deeper"], [.. from, $"model={config.ToJsonString()}", "steps=1"]))).Message);
    }

    [Fact]
    public void Run_Reports_DrawsPlotAndSheets()
    {
        var output = fixture.Folder["reports"];
        TrainingRun.Run(fixture.Run.Transformer(
            output, "report.samplesEveryMinutes=0", "report.plotEveryMinutes=0", "report.sampleSteps=2",
            "report.prompts=[\"a red square\",\"a blue square\"]"));
        var sheets = Directory.GetFiles(Path.Combine(output, "samples"), "*.png");
        Assert.Equal(TinyRun.Steps, sheets.Length);
        var sheet = Image.Load(sheets[0]);
        Assert.Equal((32, 16), (sheet.Width, sheet.Height));
        Assert.True(File.Exists(Path.Combine(output, "loss.png")));
        Assert.Contains("Samples", File.ReadAllText(Path.Combine(output, "report.html")));
        Assert.True(new FileInfo(Assert.Single(Directory.GetFiles(Path.Combine(output, "tensorboard")))).Length > 1000);
        Assert.Equal(TinyRun.Steps, File.ReadAllLines(Path.Combine(output, "metrics.jsonl")).Length);
        Assert.Contains("\"kind\": \"transformer\"", File.ReadAllText(Path.Combine(output, "recipe.json")));
    }

    [Fact]
    public void Run_Autoencoder_SetsTheScalingFactorToUnitVariance()
    {
        var config = Weights.ConfigJson.Read(Path.Combine(fixture.Run.Folder, "autoencoder", "vae", "config.json"));
        Assert.NotEqual(0.18215, config.Number("scaling_factor"));
        Assert.True(config.Number("scaling_factor") > 0);
    }

    double FirstLoss(string set)
    {
        var loss = 0.0;
        var output = fixture.Folder[Guid.NewGuid().ToString("n")];
        TrainingRun.Run(fixture.Run.Transformer(output, "steps=1", set), new Listener(made =>
        {
            if (made is StepMade step) loss = step.Loss;
        }));
        return loss;
    }

    public sealed class Fixture : IDisposable
    {
        internal TinyRun Run { get; } = new();

        internal TemporaryFolder Folder { get; } = new();

        public void Dispose()
        {
            Run.Dispose();
            Folder.Dispose();
        }
    }
}
