using PixArt.Imaging;
using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests;

public sealed class ControlTrainingTests(ControlTrainingTests.Fixture fixture) : IClassFixture<ControlTrainingTests.Fixture>
{
    [Fact]
    public async Task Run_TrainsTheControlNetAlone_AndThePipelineLoadsIt()
    {
        using var leak = new LeakCheck();
        var output = fixture.Folder["control"];
        var before = Directory.GetFiles(fixture.Parent, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToArray();
        TrainingRun.Run(fixture.Run.Control(output, fixture.Parent, "steps=10", "accumulation=1", "ema=null", "optimizer.learningRate=0.01", "interval={\"low\":100,\"high\":900}"));
        Assert.Equal(before, Directory.GetFiles(fixture.Parent, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes));
        Assert.False(Directory.Exists(Path.Combine(output, "transformer")));
        using (var written = SafetensorsFile.Open(Path.Combine(output, "controlnet", "diffusion_pytorch_model.safetensors")))
        {
            Assert.All(written.Tensors.Keys, name => Assert.StartsWith("controlnet_blocks.0.", name, StringComparison.Ordinal));
            Assert.Contains(written.Bytes("controlnet_blocks.0.after_proj.weight").ToArray(), value => value != 0);
            Assert.Equal("Gradient", written.Metadata["edges"]);
        }

        // It says where it was trained, and steers there alone.
        var config = PixArtControlNetConfig.Read(new ComponentFolder(Path.Combine(output, "controlnet")).Config());
        Assert.Equal((100, 900), (config.TimestepLow, config.TimestepHigh));

        var model = fixture.Model();
        using var pipeline = await PixArtPipeline.LoadAsync(model, new() { ControlModel = output });
        var request = new GenerationRequest { Prompts = ["a red square"], Steps = 2, Seed = 1, Control = new() { Image = Image.Load(Path.Combine(fixture.Run.Folder, "data", "0.png")), Kind = ControlKind.Gradient } };
        using var controlled = await pipeline.SampleAsync(request);
        using var plain = await pipeline.SampleAsync(request with { Control = null });
        Assert.True(Close.RelativeError(Close.Doubles(plain), Close.Doubles(controlled)) > 1e-4);
    }

    [Fact]
    public void Run_Begins_WithTheLossOfTheTransformerItself()
    {
        // Untrained linear layers let nothing through.
        string[] same = ["steps=1", "captionDropout=0.3", "interval={\"low\":0,\"high\":1000}", "latents.samplePosterior=false"];
        var control = FirstLoss(fixture.Run.Control(fixture.Folder["one"], fixture.Parent, same));
        var plain = FirstLoss(fixture.Run.Transformer(
            fixture.Folder["two"], [.. same, $"from={fixture.Parent}/transformer", "model=null", $"textEncoder={{\"from\":\"{fixture.Parent}/text_encoder\"}}"]));
        Assert.Equal(plain, control, plain * 1e-6);
    }

    [Theory]
    [InlineData("gradientCheckpointing=true")]
    [InlineData("latents.cache=null")]
    public void Run_WithAnOption_EndsWithNearlyTheSameLoss(string set)
    {
        string[] common = ["steps=3", "optimizer.learningRate=0.01"];
        var plain = LastLoss(fixture.Run.Control(fixture.Folder[Guid.NewGuid().ToString("n")], fixture.Parent, common));
        Assert.Equal(plain, LastLoss(fixture.Run.Control(fixture.Folder[Guid.NewGuid().ToString("n")], fixture.Parent, [.. common, set])), plain * 0.02);
    }

    [Fact]
    public void Run_StoppedAndResumedAtEachStep_EndsWithTheSameBits()
    {
        var straight = fixture.Folder["straight"];
        TrainingRun.Run(fixture.Run.Control(straight, fixture.Parent));
        var stopped = fixture.Folder["stopped"];
        for (var step = 1; step < TinyRun.Steps; step++)
            InterruptedRun.UpTo(step, fixture.Run.Control(stopped, fixture.Parent));
        TrainingRun.Run(fixture.Run.Control(stopped, fixture.Parent));
        var files = Directory.GetFiles(straight, "*.safetensors", SearchOption.AllDirectories);
        Assert.Contains(files, file => file.Contains("controlnet", StringComparison.Ordinal));
        foreach (var file in files)
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(stopped, Path.GetRelativePath(straight, file))));
    }

    [Fact]
    public void Run_GoesOnFromAControlNet_AndDrawsSheets()
    {
        var first = fixture.Folder["first"];
        TrainingRun.Run(fixture.Run.Control(first, fixture.Parent, "steps=2", "ema=null", "optimizer.learningRate=0.01"));
        var second = fixture.Folder["second"];
        TrainingRun.Run(fixture.Run.Control(
            second, fixture.Parent, $"controlFrom={first}", "steps=1", "ema=null", "optimizer.learningRate=1e-12", "report.samplesEveryMinutes=0",
            "report.sampleSteps=2", "report.prompts=[\"a red square\",\"a blue square\"]"));
        const string name = "controlnet_blocks.0.after_proj.bias", file = "controlnet/diffusion_pytorch_model.safetensors";
        using var before = SafetensorsFile.Open(Path.Combine(first, file));
        using var after = SafetensorsFile.Open(Path.Combine(second, file));
        Assert.Equal(before.Bytes(name).ToArray(), after.Bytes(name).ToArray());
        Assert.Single(Directory.GetFiles(Path.Combine(second, "samples"), "*.png"));
    }

    [Theory]
    [InlineData("from is missing", "from=null", "model={}")]
    [InlineData("blocks is 0", "blocks=0")]
    [InlineData("hed is missing", "edges=hed")]
    [InlineData("edges", "edges=canny")]
    [InlineData("features.layout is Sigma, expected alphaEdges", "features={\"layout\":\"sigma\"}", "data.kind=dataInfo", "latents.cache=null")]
    [InlineData("edges is Gradient, expected hed without 'hed'", "features={\"layout\":\"alphaEdges\"}", "data.kind=dataInfo", "latents.cache=null")]
    [InlineData("textEncoder.train is true", "textEncoder.train=true")]
    public void Recipe_ThatCannotWork_IsRefused(string says, params string[] overrides) => Assert.Contains(
        says, Assert.ThrowsAny<PixArtException>(() => fixture.Run.Control(fixture.Folder["x"], fixture.Parent, overrides)).Message, StringComparison.Ordinal);

    [Fact]
    public void Run_WithMoreCopiesThanBlocks_IsRefused() => Assert.Contains(
        "num_layers of the ControlNet is 2",
        Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(fixture.Run.Control(fixture.Folder["many"], fixture.Parent, "blocks=2"))).Message,
        StringComparison.Ordinal);

    static double FirstLoss(GradientRecipe recipe) => Losses(recipe)[0];

    static double LastLoss(GradientRecipe recipe) => Losses(recipe)[^1];

    static List<double> Losses(GradientRecipe recipe)
    {
        var losses = new List<double>();
        TrainingRun.Run(recipe, new Listener(made =>
        {
            if (made is StepMade step) losses.Add(step.Loss);
        }));
        return losses;
    }

    public sealed class Fixture : IDisposable
    {
        public Fixture()
        {
            Parent = Folder["parent"];
            // Every output of a fresh transformer is zero, whatever steers it: a few steps make it one that answers.
            TrainingRun.Run(Run.Transformer(Parent, "ema=null", "optimizer.learningRate=0.01", "interval={\"low\":0,\"high\":1000}", "checkpoint.everySteps=null"));
        }

        internal TinyRun Run { get; } = new();

        public TemporaryFolder Folder { get; } = new();

        public string Parent { get; }

        /// <summary>The parent as a model folder.</summary>
        public string Model()
        {
            var model = Folder["model"];
            if (Directory.Exists(model)) return model;
            ModelAssembly.Write(
                new()
                {
                    Transformers = [Path.Combine(Parent, "transformer")],
                    TextEncoder = Path.Combine(Parent, "text_encoder"),
                    Tokenizer = Path.Combine(Run.Folder, "tokenizer"),
                    Autoencoder = Path.Combine(Run.Folder, "autoencoder", "vae"),
                },
                model);
            return model;
        }

        public void Dispose()
        {
            Run.Dispose();
            Folder.Dispose();
        }
    }
}
