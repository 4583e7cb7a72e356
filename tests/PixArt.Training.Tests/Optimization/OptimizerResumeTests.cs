using System.Security.Cryptography;
using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Optimization;

public sealed class OptimizerResumeTests : IDisposable
{
    const int Steps = 6;
    readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("adamW", ScalarType.BFloat16)]
    [InlineData("adam8Bit", ScalarType.BFloat16)]
    [InlineData("came", ScalarType.Float32)]
    [InlineData("lion", ScalarType.Float32)]
    [InlineData("adafactor", ScalarType.Float32)]
    [InlineData("prodigy", ScalarType.Float32)]
    [InlineData("scheduleFree", ScalarType.BFloat16)]
    public void Run_StoppedOnTheWayAndResumed_EndsWithTheSameBits(string kind, ScalarType type)
    {
        using var leak = new LeakCheck();
        var straight = Run(kind, type, "straight", null);
        Run(kind, type, "stopped", 2);
        Assert.Equal(straight, Run(kind, type, "stopped", null));
        foreach (var file in (string[])["parameters", "optimizer", .. kind == "scheduleFree" ? Array.Empty<string>() : ["average"]])
            Assert.Equal(Hash("straight", file), Hash("stopped", file));
    }

    [Fact]
    public void Run_ResumedWithAnotherOptimizer_IsRefusedByName()
    {
        Run("lion", ScalarType.Float32, "run", 2);
        Assert.Contains("exp_avg_sq", Assert.ThrowsAny<PixArtException>(() => Run("adafactor", ScalarType.Float32, "run", null)).Message);
    }

    public void Dispose() => _folder.Dispose();

    float[] Run(string kind, ScalarType type, string name, long? stopAfter)
    {
        using var trainee = new FakeTrainee([64, 80], type);
        var recipe = new AutoencoderRecipe
        {
            Output = _folder[name],
            Steps = Steps,
            BatchSize = 1,
            Accumulation = 2,
            Ema = kind == "scheduleFree" ? null : new EmaDecay { Decay = 0.8 },
            Optimizer = OptimizerFormulaTests.Recipe($$"""{"kind":"{{kind}}","learningRate":{{(kind == "prodigy" ? 1 : 0.01)}}}"""),
            Schedule = new() { WarmupSteps = 2 },
            Checkpoint = new() { EveryMinutes = null },
            Report = new() { EverySteps = 2, PlotEveryMinutes = null, SamplesEveryMinutes = null, Html = false, TensorBoard = false },
        };
        using var stop = new CancellationTokenSource();
        using var reporter = new TrainingReporter(recipe, new Listener(made =>
        {
            if (made is StepMade step && step.Step == stopAfter) stop.Cancel();
        }));
        using var trainer = new Trainer(recipe, trainee, Store(name), reporter);
        trainer.Run(stop.Token);
        return trainee.Weights;
    }

    CheckpointStore Store(string name) => new(Path.Combine(_folder[name], "checkpoints"), 2);

    string Hash(string name, string file) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(Store(name).Latest()!.Folder, file + ".safetensors"))));
}
