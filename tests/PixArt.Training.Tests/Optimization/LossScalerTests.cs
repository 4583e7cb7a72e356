using System.Text.Json;
using PixArt.Training.Checkpoints;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Optimization;

public sealed class LossScalerTests : IDisposable
{
    const int Steps = 8;
    readonly TemporaryFolder _folder = new();

    [Fact]
    public void Settle_OverflowsAndGoodSteps_HalveAndDoubleTheScale()
    {
        using var statistics = new LossStatistics();
        var scaler = new LossScaler(new() { Initial = 64, GrowthInterval = 3 });
        var scales = new List<double>();
        foreach (var overflowed in (bool[])[true, false, false, false, false, false, true, false])
        {
            scaler.Settle(overflowed, statistics);
            scales.Add(scaler.Current.Factor);
        }

        Assert.Equal([32, 32, 32, 64, 64, 64, 32, 32], scales);
        Assert.Equal(new(32, 1), scaler.Current);
        Assert.Equal(0.25, statistics.Means.Single(mean => mean.Name == "skippedSteps").Mean);
    }

    [Fact]
    public void Settle_OverflowAtEveryScale_Stops()
    {
        using var statistics = new LossStatistics();
        var scaler = new LossScaler(new() { Initial = 4 });
        scaler.Settle(true, statistics);
        scaler.Settle(true, statistics);
        Assert.Equal("training stopped: gradients overflow fp16 at every scale of the loss; train with 'precision' bf16 or fp32, or a lower learning rate",
            Assert.Throws<PixArtException>(() => scaler.Settle(true, statistics)).Message);
    }

    [Fact]
    public void Run_UnderFp16_ScalesGradientsAwayAgainExactly()
    {
        using var leak = new LeakCheck();
        // This trainee computes no products: its numbers are fp32 either way.
        Assert.Equal(Run("plain", ComputePrecision.Fp32), Run("scaled", ComputePrecision.Fp16));
    }

    [Fact]
    public void Run_GradientsOverflowOnce_LeavesThatStepOutHalvesTheScaleAndSaysSo()
    {
        using var leak = new LeakCheck();
        Run("once", ComputePrecision.Fp16, overflowingPass: 3);
        Assert.Equal(Steps - 1, State("once").OptimizerSteps);
        Assert.Equal(new(32768, 4), State("once").LossScale);
        var lines = File.ReadAllLines(Path.Combine(_folder["once"], "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([0, 0.5, 0, 0], lines.Select(line => line.GetProperty("skippedSteps").GetDouble()));
        Assert.Equal([65536, 65536, 32768, 32768], lines.Select(line => line.GetProperty("lossScale").GetDouble()));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void Run_StoppedAroundAnOverflowAndResumed_EndsWithTheSameBits(long stopAfter)
    {
        using var leak = new LeakCheck();
        var straight = Run("straight", ComputePrecision.Fp16, overflowingPass: 3);
        Run("stopped", ComputePrecision.Fp16, overflowingPass: 3, stopAfter: stopAfter);
        Assert.Equal(straight, Run("stopped", ComputePrecision.Fp16, overflowingPass: 3));
        Assert.Equal(State("straight").LossScale, State("stopped").LossScale);
    }

    [Fact]
    public void Run_GradientsOverflowWithoutScaling_StopsAndNamesTheStep()
    {
        using var leak = new LeakCheck();
        Assert.Contains("step 4", Assert.Throws<PixArtException>(() => Run("fp32", ComputePrecision.Fp32, overflowingPass: 3)).Message);
    }

    public void Dispose() => _folder.Dispose();

    float[] Run(string name, ComputePrecision precision, long? overflowingPass = null, long? stopAfter = null)
    {
        using var trainee = new FakeTrainee { OverflowingPass = overflowingPass };
        var recipe = new AutoencoderRecipe
        {
            Output = _folder[name],
            Steps = Steps,
            BatchSize = 1,
            Precision = precision,
            Ema = new EmaDecay { Decay = 0.8 },
            Optimizer = new() { LearningRate = 0.1 },
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

    TrainingState State(string name) => JsonSerializer.Deserialize(
        File.ReadAllText(Path.Combine(Store(name).Latest()!.Folder, "state.json")), CheckpointJson.Default.TrainingState)!;
}
