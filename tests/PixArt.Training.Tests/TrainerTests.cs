using System.Text.Json;
using PixArt.Training.Checkpoints;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;
using PixArt.Training.Tests.Checkpoints;

namespace PixArt.Training.Tests;

public sealed class TrainerTests : IDisposable
{
    const int Steps = 8;
    readonly TemporaryFolder _folder = new();

    [Fact]
    public void Run_ToTheEnd_MakesEveryPassOnceSavesAndExports()
    {
        using var leak = new LeakCheck();
        using var trainee = new FakeTrainee();
        Run(trainee, _folder["a"], accumulation: 3);
        Assert.Equal(Enumerable.Range(0, 3 * Steps).Select(i => (long)i), trainee.Passes);
        Assert.Equal([(long)Steps], trainee.Exports);
        Assert.Equal(Steps, Store(_folder["a"]).Latest()!.Step);
    }

    [Fact]
    public void Run_CancelledAtAnyStepAndResumed_GivesTheSameBits()
    {
        using var leak = new LeakCheck();
        using var straight = new FakeTrainee();
        Run(straight, _folder["straight"], accumulation: 3);
        for (var stop = 1; stop < Steps; stop++)
        {
            var folder = _folder[$"stopped-{stop}"];
            using (var first = new FakeTrainee()) Run(first, folder, accumulation: 3, stopAfter: stop);
            using var second = new FakeTrainee();
            Run(second, folder, accumulation: 3);
            Assert.Equal(stop * 3, second.Passes[0]);
            Assert.Equal(straight.Weights, second.Weights);
            foreach (var file in (string[])["parameters", "optimizer", "average"])
                Assert.Equal(Bytes(_folder["straight"], file), Bytes(folder, file));
        }
    }

    [Fact]
    public void Run_LossIsNotANumber_StopsNamesTheStepAndKeepsTheStateBefore()
    {
        using var leak = new LeakCheck();
        using var healthy = new FakeTrainee();
        Run(healthy, _folder["healthy"], stopAfter: 5);
        using var sick = new FakeTrainee { PoisonedPass = 5 };
        var error = Assert.Throws<PixArtException>(() => Run(sick, _folder["sick"]));
        Assert.Contains("step 6", error.Message);
        Assert.Equal(5, Store(_folder["sick"]).Latest()!.Step);
        Assert.Equal(healthy.Weights, sick.Weights);

        using var cured = new FakeTrainee();
        Run(cured, _folder["sick"]);
        Run(healthy, _folder["healthy"]);
        Assert.Equal(healthy.Weights, cured.Weights);
    }

    [Fact]
    public void Run_DiskFailsAtAnyPointOfACheckpoint_AnOlderOneLoadsAndTheRunEndsWithTheSameBits()
    {
        using var straight = new FakeTrainee();
        Run(straight, _folder["straight"]);
        var points = 0;
        for (var failAt = 1; ; failAt++)
        {
            var folder = _folder[$"fault-{failAt}"];
            using (var first = new FakeTrainee()) Run(first, folder, stopAfter: 3);
            var disk = new FaultyDisk(failAt);
            using (var second = new FakeTrainee())
            {
                var error = Record.Exception(() => Run(second, folder, disk: disk));
                Assert.Equal(disk.HasFailed, error is PixArtException);
                if (error is not null) Assert.Contains("No space left on device", error.Message);
            }

            Assert.InRange(Store(folder).Latest()!.Step, 3, Steps);
            using var third = new FakeTrainee();
            Run(third, folder);
            Assert.Equal(straight.Weights, third.Weights);
            foreach (var file in (string[])["parameters", "optimizer", "average"]) Assert.Equal(Bytes(_folder["straight"], file), Bytes(folder, file));
            if (!disk.HasFailed) break;
            points++;
        }

        // Four files and the manifest in pieces, folders made and flushed, a rename.
        Assert.InRange(points, 15, 80);
    }

    [Fact]
    public void Run_EverySteps_SavesAtEachAndKeepsTheNewest()
    {
        using var trainee = new FakeTrainee();
        Run(trainee, _folder["a"], everySteps: 3);
        Assert.Equal([3L, 6, 8], trainee.Exports);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(_folder["a"], "checkpoints")).Length);
    }

    [Fact]
    public void Run_Metrics_HaveOneLineForEachReportedStepAlsoAfterAResume()
    {
        using (var first = new FakeTrainee()) Run(first, _folder["a"], stopAfter: 5);
        // Lines of steps that a crash took back: they come again.
        File.AppendAllText(Path.Combine(_folder["a"], "metrics.jsonl"), "{\"step\":6,\"loss\":9}\n{\"step\":8,\"lo");
        using (var second = new FakeTrainee()) Run(second, _folder["a"]);
        var lines = File.ReadAllLines(Path.Combine(_folder["a"], "metrics.jsonl"));
        Assert.Equal([2, 4, 6, 8], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32()));
        Assert.All(lines, line => Assert.InRange(JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble(), 0, 8));
    }

    [Fact]
    public void Take_TwiceForOneFolder_IsRefused()
    {
        using var first = RunLock.Take(_folder["a"]);
        Assert.Contains(_folder["a"], Assert.Throws<PixArtException>(() => RunLock.Take(_folder["a"])).Message);
    }

    public void Dispose() => _folder.Dispose();

    static CheckpointStore Store(string folder) => new(Path.Combine(folder, "checkpoints"), 2);

    static byte[] Bytes(string folder, string file) =>
        File.ReadAllBytes(Path.Combine(Store(folder).Latest()!.Folder, file + ".safetensors"));

    static void Run(FakeTrainee trainee, string folder, int accumulation = 1, long? stopAfter = null, long? everySteps = null, ICheckpointDisk? disk = null)
    {
        var recipe = new AutoencoderRecipe
        {
            Output = folder,
            Steps = Steps,
            BatchSize = 1,
            Accumulation = accumulation,
            Ema = new EmaDecay { Decay = 0.8 },
            Optimizer = new() { LearningRate = 0.1 },
            Schedule = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 2 },
            Checkpoint = new() { EveryMinutes = null, EverySteps = everySteps },
            Report = new() { EverySteps = 2, PlotEveryMinutes = null, SamplesEveryMinutes = null },
        };
        using var stop = new CancellationTokenSource();
        var progress = new Listener(made =>
        {
            if (made is StepMade step && step.Step == stopAfter) stop.Cancel();
        });
        using var reporter = new TrainingReporter(recipe, progress);
        using var trainer = new Trainer(recipe, trainee, disk is null ? Store(folder) : new(Path.Combine(folder, "checkpoints"), 2, disk), reporter);
        trainer.Run(stop.Token);
    }
}
