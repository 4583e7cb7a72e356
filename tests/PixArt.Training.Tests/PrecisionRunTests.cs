using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Training.Tests;

/// <summary>Real models whose parameters, or products, are of a small type.</summary>
public sealed class PrecisionRunTests(PrecisionRunTests.Fixture fixture) : IClassFixture<PrecisionRunTests.Fixture>
{
    static readonly string[] s_small = ["parameters=bf16", "precision=bf16"];

    [Fact]
    public void Run_BFloat16Parameters_StoppedAndResumed_EndsWithTheSameBitsInBFloat16()
    {
        string[] sets = [.. s_small, "optimizer.kind=adam8Bit", "report.samplesEveryMinutes=0", "optimizer.learningRate=1e-2"];
        var straight = fixture.Output("straight");
        TrainingRun.Run(fixture.Run.Transformer(straight, sets));
        var stopped = fixture.Output("stopped");
        InterruptedRun.UpTo(3, fixture.Run.Transformer(stopped, sets));
        TrainingRun.Run(fixture.Run.Transformer(stopped, sets));

        foreach (var file in (string[])["transformer/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(straight, file)), File.ReadAllBytes(Path.Combine(stopped, file)));
        using var weights = SafetensorsFile.Open(Path.Combine(straight, "transformer/diffusion_pytorch_model.safetensors"));
        Assert.All(weights.Tensors.Values, tensor => Assert.Equal(StoredType.BF16, tensor.Type));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(straight, "samples")));
    }

    [Theory]
    [InlineData("adapter={\"rank\":2}")]
    [InlineData("adapter={\"kind\":\"dora\",\"rank\":2}")]
    [InlineData("consistency")]
    public void Run_OnABFloat16Parent_Trains(string set)
    {
        var output = fixture.Output("run");
        TrainingRun.Run(fixture.Run.Transformer(
            output, [.. TinyRun.From(fixture.Parent), .. s_small, .. set == "consistency" ? TinyRun.Consistency : [set], "steps=2"]));
        var file = set == "consistency" ? "transformer/diffusion_pytorch_model.safetensors" : "adapter/adapter_model.safetensors";
        using var weights = SafetensorsFile.Open(Path.Combine(output, file));
        // An adapter's own parameters stay fp32.
        Assert.All(weights.Tensors.Values, tensor => Assert.Equal(set == "consistency" ? StoredType.BF16 : StoredType.F32, tensor.Type));
    }

    [Fact]
    public void Run_Fp16_TrainsWhereThereAreSuchProductsAndIsRefusedInPlainWordsElsewhere()
    {
        var recipe = fixture.Run.Transformer(fixture.Output("fp16"), "precision=fp16", "steps=2");
        if (Autocast.Supports(ScalarType.Float16, Device.Cpu))
        {
            TrainingRun.Run(recipe);
            return;
        }

        var error = Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(recipe));
        Assert.Equal(
            $"precision is 'fp16', expected bf16 or fp32: this libtorch ({LibTorch.Version}) has no {ScalarType.Float16} products on cpu", error.Message);
    }

    [Fact]
    public void Run_AllObjectiveOptions_TrainsAndTellsTheNoiseSchedule()
    {
        var output = fixture.Output("objective");
        TrainingRun.Run(fixture.Run.Transformer(
            output, "steps=2", "interval={\"low\":0,\"high\":1000}", "report.samplesEveryMinutes=0",
            "objective={\"kind\":\"meanSquare\",\"target\":\"velocity\",\"zeroTerminalSnr\":true,\"minSnrGamma\":5,\"minSnrForm\":\"soft\",\"huber\":{},\"noise\":{\"offset\":0.1,\"perturbation\":0.1}}"));
        Assert.Contains("\"zeroTerminalSnr\": true", File.ReadAllText(Path.Combine(output, "transformer", "training.json")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(output, "samples")));

        var model = fixture.Output("model");
        ModelAssembly.Write(
            new()
            {
                Transformers = [Path.Combine(output, "transformer")],
                TextEncoder = Path.Combine(output, "text_encoder"),
                Tokenizer = Path.Combine(fixture.Run.Folder, "tokenizer"),
                Autoencoder = Path.Combine(fixture.Run.Folder, "autoencoder", "vae"),
            }, model);
        var scheduler = File.ReadAllText(Path.Combine(model, "scheduler", "scheduler_config.json"));
        foreach (var setting in (string[])["\"rescale_betas_zero_snr\": true", "\"timestep_spacing\": \"trailing\"", "\"prediction_type\": \"v_prediction\""])
            Assert.Contains(setting, scheduler);
    }

    public sealed class Fixture : IDisposable
    {
        readonly TemporaryFolder _outputs = new();
        int _count;

        public Fixture()
        {
            Parent = Output("parent");
            TrainingRun.Run(Run.Transformer(Parent, "steps=2"));
        }

        public string Parent { get; }

        internal TinyRun Run { get; } = new();

        public string Output(string name) => _outputs[$"{_count++}-{name}"];

        public void Dispose()
        {
            Run.Dispose();
            _outputs.Dispose();
        }
    }
}
