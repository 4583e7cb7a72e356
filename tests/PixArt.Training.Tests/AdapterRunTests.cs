using PixArt.Adapters;
using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests;

/// <summary>Whole runs of adapters, DreamBooth and distillation from a tiny parent.</summary>
public sealed class AdapterRunTests(AdapterRunTests.Fixture fixture) : IClassFixture<AdapterRunTests.Fixture>
{
    [Theory]
    [InlineData("lora", "LoRA of rank 2 on 27 layers")]
    [InlineData("dora", "DoRA of rank 2 on 27 layers")]
    [InlineData("lokr", "LoKr of rank 2 on 26 layers")]
    public void Run_OfAnAdapter_WritesItAndNothingElse(string kind, string description)
    {
        using var leak = new LeakCheck();
        var output = fixture.Train("steps=3", Adapter(kind));
        using var adapter = PixArt.Adapters.Adapter.Open(Path.Combine(output, "adapter"));
        Assert.Equal(description, adapter.ToString());
        Assert.False(Directory.Exists(Path.Combine(output, "transformer")));
        Assert.Equal((100, 900), (ExpertInterval.Read(Path.Combine(output, "adapter")).Low, ExpertInterval.Read(Path.Combine(output, "adapter")).High));
        using var parent = WeightsSource.Open(Path.Combine(fixture.Parent, "transformer", "diffusion_pytorch_model.safetensors"));
        var stack = new AdapterStack([(adapter, 1)], AdapterStack.ParametersOf(parent));
        Assert.Equal(description, stack.Reports[0].Description);
        using var checkpoint = SafetensorsFile.Open(Directory.GetFiles(output, "parameters.safetensors", SearchOption.AllDirectories)[0]);
        Assert.All(checkpoint.Tensors.Keys, name => Assert.Matches("lora_|lokr_", name));
    }

    [Fact]
    public void Run_OnOnePicture_LowersItsLoss()
    {
        var losses = new List<double>();
        var one = fixture.Run.Folder + "/one";
        Directory.CreateDirectory(one);
        File.Copy(fixture.Run.Folder + "/data/0.png", one + "/0.png", overwrite: true);
        File.Copy(fixture.Run.Folder + "/data/0.txt", one + "/0.txt", overwrite: true);
        fixture.Train(
            new Listener(made =>
            {
                if (made is StepMade step) losses.Add(step.Loss);
            }),
            "steps=60", Adapter("lora"), "adapter.rank=8", $"data.folder={one}", "batchSize=16", "accumulation=1", "captionDropout=0", "optimizer.learningRate=2e-2",
            "objective={\"kind\":\"meanSquare\"}", "latents.samplePosterior=false", "schedule={\"kind\":\"constant\"}", "checkpoint.everySteps=null");
        Assert.True(losses.TakeLast(10).Average() < losses.Take(10).Average() * 0.9, $"{losses[0]} to {losses[^1]}");
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("dora")]
    [InlineData("lokr")]
    public void Run_InBf16_BeginsWithNearlyTheSameLoss(string kind)
    {
        var plain = FirstLoss("steps=1", Adapter(kind));
        Assert.Equal(plain, FirstLoss("steps=1", Adapter(kind), "precision=bf16"), plain * 0.02);
    }

    [Theory]
    [InlineData("adapter")]
    [InlineData("weights")]
    public void Run_WithAPrior_AddsItsLossByItsWeight(string what)
    {
        string[] sets = ["steps=1", Prior(), .. what == "adapter" ? [Adapter("lora")] : Array.Empty<string>()];
        using var leak = new LeakCheck();
        var (whole, none) = (FirstLoss(sets), FirstLoss([.. sets, "prior=null"]));
        var half = FirstLoss([.. sets, "prior.weight=0.5"]);
        Assert.True(whole > none);
        Assert.Equal(none + ((whole - none) / 2), half, 1e-5);
    }

    [Fact]
    public void Run_WithOneCaption_IgnoresThoseOfThePictures()
    {
        var loss = FirstLoss("steps=1", "caption=\"a red square\"", "captionDropout=0");
        foreach (var file in Directory.GetFiles(fixture.Run.Folder + "/data", "*.txt")) File.Move(file, file + ".away");
        try
        {
            Assert.Equal(loss, FirstLoss("steps=1", "caption=\"a red square\"", "captionDropout=0"));
            Assert.NotEqual(loss, FirstLoss("steps=1", "captionDropout=0"));
        }
        finally
        {
            foreach (var file in Directory.GetFiles(fixture.Run.Folder + "/data", "*.away")) File.Move(file, file[..^".away".Length]);
        }
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("adapter")]
    public void Run_OfADistillation_TrainsTheStudentAndShowsItsFewSteps(string what)
    {
        string[] sets =
        [
            "steps=10", .. TinyRun.Consistency, .. what == "adapter" ? [Adapter("lora"), "ema=null"] : new[] { "ema={\"decay\":0.95,\"fixed\":true}" },
            "report.samplesEveryMinutes=0", "report.sampleSteps=4", "report.prompts=[\"a red square\",\"a blue square\"]",
        ];
        using var leak = new LeakCheck();
        var losses = new List<double>();
        var output = fixture.Train(new Listener(made =>
        {
            if (made is StepMade step) losses.Add(step.Loss);
        }), sets);
        Assert.Equal(10, losses.Count);
        Assert.All(losses, loss => Assert.True(loss > 0 && double.IsFinite(loss)));
        Assert.Equal((32, 16), (Image.Load(Directory.GetFiles(Path.Combine(output, "samples"))[0]).Width, 16));
        Assert.True(Directory.Exists(Path.Combine(output, what == "adapter" ? "adapter" : "transformer")));
    }

    [Fact]
    public void Run_OfDistributionMatching_TrainsBothModelsAndShowsOneStep()
    {
        using var leak = new LeakCheck();
        var output = fixture.Train(
            ["steps=8", .. TinyRun.Matching, "report.everySteps=4", "report.samplesEveryMinutes=0", "report.prompts=[\"a red square\",\"a blue square\"]"]);
        var lines = File.ReadAllLines(Path.Combine(output, "metrics.jsonl")).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.True(line.GetProperty("fake").GetDouble() > 0 && line.GetProperty("matching").GetDouble() > 0));
        Assert.Equal((32, 16), (Image.Load(Directory.GetFiles(Path.Combine(output, "samples"))[0]).Width, 16));
        using var checkpoint = SafetensorsFile.Open(Directory.GetFiles(output, "parameters.safetensors", SearchOption.AllDirectories)[0]);
        using var parent = SafetensorsFile.Open(Path.Combine(fixture.Parent, "transformer", "diffusion_pytorch_model.safetensors"));
        // Both began as the parent, and went ways of their own.
        const string name = "transformer_blocks.0.ff.net.0.proj.weight";
        byte[][] weights = [parent.Bytes(name).ToArray(), checkpoint.Bytes(name).ToArray(), checkpoint.Bytes("fake." + name).ToArray()];
        Assert.Equal(3, weights.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count());
        using var result = SafetensorsFile.Open(Path.Combine(output, "transformer", "diffusion_pytorch_model.safetensors"));
        Assert.Equal(parent.Tensors.Keys.Order(StringComparer.Ordinal), result.Tensors.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("adapter=null;interval={\"low\":0,\"high\":1000};distributionMatching={}", "maxGradNorm is 1, expected null: 'distributionMatching.maxGradNorm' limits generator and model of its pictures apart, as 'distributionMatching' is set")]
    [InlineData("adapter=null;maxGradNorm=null;distributionMatching={}", "interval is [100, 900), expected all timesteps, as 'distributionMatching' is set")]
    [InlineData("maxGradNorm=null;interval={\"low\":0,\"high\":1000};distributionMatching={}", "adapter is 'given', expected null, as 'distributionMatching' is set")]
    [InlineData("distributionMatching={\"timestep\":1000}", "distributionMatching.timestep is 1000, expected 1 to 999")]
    [InlineData("from=null", "from is missing, expected the folder of a trained transformer, as 'adapter' is set")]
    [InlineData("adapter={\"rank\":2,\"rnak\":3}", "there is no field 'adapter.rnak'; did you mean 'adapter.rank'?")]
    [InlineData("consistency={\"teacher\":\"x\"}", "consistency.teacher is 'x', expected null, as the teacher of an adapter is 'from' itself")]
    [InlineData("adapter=null;consistency={};interval={\"low\":0,\"high\":1000};ema=null", "ema is missing, expected a moving average, as it is the target of 'consistency' (PixArt: decay 0.95, fixed)")]
    [InlineData("consistency={};interval={\"low\":0,\"high\":1000};prior={\"data\":{\"kind\":\"folder\",\"folder\":\"x\"}}", "prior is 'given', expected null, as 'consistency' is set")]
    [InlineData("prior={\"data\":{\"kind\":\"folder\"}}", "prior.data.folder is missing, expected a folder of images")]
    [InlineData("prior={\"data\":{\"kind\":\"folder\",\"folder\":\"x\"},\"weight\":0}", "prior.weight is 0, expected a number above 0")]
    public void ARecipe_ThatContradictsItself_IsRefused(string sets, string message)
    {
        string[] all = [Adapter("lora"), .. sets.Split(';')];
        if (sets.StartsWith("from", StringComparison.Ordinal)) all = [.. all, "model={}"];
        var error = Assert.ThrowsAny<PixArtException>(() => fixture.Recipe("refused", all));
        Assert.EndsWith(message, error.Message, StringComparison.Ordinal);
    }

    static string Adapter(string kind) => $"adapter={{\"kind\":\"{kind}\",\"rank\":2}}";

    string Prior() => $"prior={{\"data\":{{\"kind\":\"folder\",\"folder\":\"{fixture.Run.Folder}/data\",\"size\":16}},\"caption\":\"a square\"}}";

    double FirstLoss(params string[] sets)
    {
        var loss = 0.0;
        fixture.Train(new Listener(made =>
        {
            if (made is StepMade step) loss = step.Loss;
        }), sets);
        return loss;
    }

    public sealed class Fixture : IDisposable
    {
        readonly TemporaryFolder _outputs = new();
        int _count;

        public Fixture()
        {
            Parent = _outputs["parent"];
            TrainingRun.Run(Run.Transformer(Parent, "steps=5", "ema=null", "optimizer.learningRate=1e-2"));
        }

        internal TinyRun Run { get; } = new();

        public string Parent { get; }

        /// <summary>A run from the parent; the interval is the whole one where it distils.</summary>
        internal GradientRecipe Recipe(string output, params string[] sets) => Run.Transformer(output, [.. TinyRun.From(Parent), .. sets]);

        public string Train(params string[] sets) => Train(new Listener(_ => { }), sets);

        internal string Train(Listener listener, params string[] sets)
        {
            var output = _outputs[$"run-{_count++}"];
            TrainingRun.Run(Recipe(output, sets), listener);
            return output;
        }

        public void Dispose()
        {
            Run.Dispose();
            _outputs.Dispose();
        }
    }
}
