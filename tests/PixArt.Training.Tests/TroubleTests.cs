using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests;

/// <summary>What a run says when something goes wrong, and what it keeps.</summary>
public sealed class TroubleTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TinyRun _run = new();

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ASampleWhoseLossIsNoNumber_IsNamedWithItsStep_AndTheStateBeforeIsKept()
    {
        using var leak = new LeakCheck();
        TrainingRun.Run(_run.Transformer(_folder["run"], "steps=1", "accumulation=1", "textEncoder.train=true"));
        // One picture's latents become what a broken autoencoder would have made.
        var cache = Assert.Single(Directory.GetFiles(Path.Combine(_run.Folder, "latents"), "*.f16", SearchOption.AllDirectories));
        var bytes = File.ReadAllBytes(cache);
        var each = bytes.Length / 5;
        for (var at = each * 3; at < each * 4; at += 2) (bytes[at], bytes[at + 1]) = (0, 0x7E);
        File.WriteAllBytes(cache, bytes);
        var error = Assert.Throws<PixArtException>(() => TrainingRun.Run(_run.Transformer(_folder["run"], "steps=50", "accumulation=1", "captionDropout=0")));
        Assert.Matches(@"training stopped: at step \d+ the loss is NaN .* is kept in '.*step-\d+'\. No number is the loss of sample 3 \('a white square on a green ground'\) at timestep \d+", error.Message);
        Assert.NotNull(new Training.Checkpoints.CheckpointStore(Path.Combine(_folder["run"], "checkpoints"), 2).Latest());
    }

    [Fact]
    public void AResultThatCannotBeWritten_IsTold_AndTheCheckpointIsThere()
    {
        using var leak = new LeakCheck();
        var inTheWay = Directory.CreateDirectory(Path.Combine(_folder["run"], "transformer", "diffusion_pytorch_model.safetensors")).FullName;
        var error = Assert.Throws<PixArtException>(() => TrainingRun.Run(_run.Transformer(_folder["run"], "steps=2")));
        Assert.Contains($"cannot write '{inTheWay}': a folder of that name is in the way", error.Message);
        Assert.Equal(1, new Training.Checkpoints.CheckpointStore(Path.Combine(_folder["run"], "checkpoints"), 2).Latest()!.Step);
        Directory.Delete(inTheWay);
        TrainingRun.Run(_run.Transformer(_folder["run"], "steps=2"));
        Assert.True(File.Exists(inTheWay));
    }

    [Fact]
    public void AFullDisk_IsTold_LeavesTheOlderCheckpoint_AndTrainingEndsWithTheSameBitsOnceThereIsRoom()
    {
        using var disk = new SmallDisk(8 << 20);
        string[] sets = ["report.html=false", "report.tensorBoard=false"];
        TrainingRun.Run(_run.Transformer(_folder["straight"], sets));
        using (new LeakCheck())
        {
            var error = Assert.Throws<PixArtException>(() => TrainingRun.Run(_run.Transformer(disk["run"], sets), new Listener(made =>
            {
                // Room for a line of metrics, and for the beginning of a checkpoint.
                if (made is StepMade { Step: 4 }) disk.Fill(free: 1 << 16);
            })));
            Assert.Matches("cannot save the checkpoint '.*step-0000004': .*No space left on device", error.Message);
        }

        Assert.Equal(["step-0000002", "step-0000003"], Directory.GetDirectories(disk["run/checkpoints"]).Select(Path.GetFileName).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        // It says so again as long as there is none.
        Assert.Throws<PixArtException>(() => TrainingRun.Run(_run.Transformer(disk["run"], sets)));
        disk.MakeRoom();
        TrainingRun.Run(_run.Transformer(disk["run"], sets));
        foreach (var file in (string[])["parameters", "optimizer", "average"])
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(_folder["straight"], "checkpoints", "step-0000006", file + ".safetensors")),
                File.ReadAllBytes(Path.Combine(disk["run"], "checkpoints", "step-0000006", file + ".safetensors")));
    }

    [Fact]
    public void ACardIsDrafted_AndLeftAloneOnceSomebodyHasWrittenIt()
    {
        TrainingRun.Run(_run.Transformer(_folder["run"], "steps=2"));
        var path = Path.Combine(_folder["run"], "README.md");
        var card = File.ReadAllText(path);
        foreach (var line in (string[])["license: # to be filled in", "| Began from | random values |", "| Trained | all weights |", "| Timesteps | [100, 900) |", $"| Data | 5 pictures of {_run.Folder}/data |", "| Steps | 2 of 2, 6 samples each |", "| Weights | the moving average, decay 0.9 |"])
            Assert.Contains(line, card);
        Assert.Matches(@"\| Smoothed training loss \| \d", card);
        TrainingRun.Run(_run.Transformer(_folder["run"], "steps=3"));
        Assert.Contains("| Steps | 3 of 3, 6 samples each |", File.ReadAllText(path));
        File.WriteAllText(path, "# Mine");
        TrainingRun.Run(_run.Transformer(_folder["run"], "steps=4"));
        Assert.Equal("# Mine", File.ReadAllText(path));
    }

    [Fact]
    public void SheetsAtSteps_BeginWithTheSameNoise_AndPeersShowTheWholeSchedule()
    {
        using var leak = new LeakCheck();
        string[] all = ["interval={\"low\":0,\"high\":1000}", "ema=null", "optimizer.learningRate=1e-2"];
        TrainingRun.Run(_run.Transformer(_folder["parent"], all));
        string[] expert =
        [
            .. TinyRun.From(_folder["parent"]), "steps=4", "optimizer.learningRate=1e-12", "ema=null", "report.samplesEverySteps=2", "report.sampleSteps=5",
            "report.prompts=[\"a red square\"]",
        ];
        TrainingRun.Run(_run.Transformer(_folder["whole"], [.. expert, "interval={\"low\":0,\"high\":1000}"]));
        var sheets = Directory.GetFiles(Path.Combine(_folder["whole"], "samples")).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(["step-0000002.png", "step-0000004.png"], sheets.Select(Path.GetFileName), StringComparer.Ordinal);
        Assert.Equal(File.ReadAllBytes(sheets[0]), File.ReadAllBytes(sheets[1]));

        // An expert that has not moved, with the parent as its peer, draws what the parent draws.
        foreach (var file in Directory.GetFiles(Path.Combine(_folder["parent"], "transformer")))
        {
            Directory.CreateDirectory(_folder["peer"]);
            File.Copy(file, Path.Combine(_folder["peer"], Path.GetFileName(file)));
        }

        ExpertInterval.Write(_folder["peer"], new(400, 1000), Training.Objectives.PredictionTarget.Epsilon, 1);
        string[] low = [.. expert, "interval={\"low\":0,\"high\":400}"];
        TrainingRun.Run(_run.Transformer(_folder["pair"], [.. low, $"report.peers=[\"{_folder["peer"]}\"]"]));
        Assert.Equal(File.ReadAllBytes(sheets[0]), File.ReadAllBytes(Path.Combine(_folder["pair"], "samples", "step-0000002.png")));
        var error = Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(
            _run.Transformer(_folder["gap"], [.. expert, "interval={\"low\":0,\"high\":300}", $"report.peers=[\"{_folder["peer"]}\"]"])));
        Assert.Contains("no expert owns timesteps 300 to 399", error.Message);

        ExpertInterval.Write(_folder["peer"], new(400, 1000), Training.Objectives.PredictionTarget.Velocity, 1);
        error = Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(_run.Transformer(_folder["other"], [.. low, $"report.peers=[\"{_folder["peer"]}\"]"])));
        Assert.Equal(($"report.peers: prediction of '{_folder["peer"]}'", "Epsilon, as the expert under training"), (error.Field, error.Expected));
        ExpertInterval.Write(_folder["peer"], new(400, 1000), Training.Objectives.PredictionTarget.Epsilon, 1);
        File.WriteAllText(Path.Combine(_folder["peer"], "diffusion_pytorch_model.safetensors"), "");
        Assert.Contains("is no safetensors file: 0 bytes", Assert.Throws<WeightsException>(() => TrainingRun.Run(_run.Transformer(_folder["damaged"], [.. low, $"report.peers=[\"{_folder["peer"]}\"]"]))).Message);
    }

    [Fact]
    public void ARecipeThatIsNotDoneThisWay_IsRefusedBeforeAnythingIsWritten()
    {
        using var leak = new LeakCheck();
        var features = RecipeReader.Parse($$"""
            { "kind": "features", "output": "{{_folder["out"]}}", "data": { "kind": "folder", "folder": "{{_run.Folder}}/data" }, "autoencoder": "{{_run.Folder}}/autoencoder/vae" }
            """);
        Assert.Equal("kind is 'features', expected a recipe that trains; 'pixart extract' computes features", Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(features)).Message);
        Assert.Equal("world is 0, expected 1 or more", Assert.Throws<InvalidSettingException>(() => FeatureExtraction.Run(features, 0, 0)).Message);
        Assert.Equal("rank is 2, expected 0 to 1", Assert.Throws<InvalidSettingException>(() => FeatureExtraction.Run(features, 2, 2)).Message);
        string Message(TrainingRecipe recipe) => Assert.Throws<InvalidSettingException>(() => FeatureExtraction.Run(recipe)).Message;
        Assert.Equal("kind is 'transformer', expected a recipe of kind features, or a transformer's with 'latents.cache'", Message(_run.Transformer(_folder["out"], "latents.cache=null")));
        Assert.Equal("kind is 'autoencoder', expected a recipe of kind features, or a transformer's with 'latents.cache'", Message(_run.Autoencoder($"output={_folder["out"]}")));
        Assert.False(Path.Exists(_folder["out"]));
    }

    [Fact]
    public void PicturesThatDoNotFitTheRecipe_AreToldByTheField()
    {
        using var leak = new LeakCheck();
        string Message(TrainingRecipe recipe) => Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(recipe)).Message;
        Assert.Equal("crop is 32, expected at most the images' 16 pixels", Message(_run.Autoencoder($"output={_folder["autoencoder"]}", "crop=32")));
        Assert.EndsWith(", expected null with 'data.flip' or 'data.crop' random: a cache holds each picture once", Message(_run.Transformer(_folder["run"], "data.flip=true")), StringComparison.Ordinal);
    }

    [Fact]
    public void ScenesWithoutEnd_FillNoCache()
    {
        using var leak = new LeakCheck();
        using var autoencoder = ModelLoading.Autoencoder(null, Path.Combine(_run.Folder, "autoencoder", "vae"), Torch.Device.Cpu, 1);
        using var scenes = new Training.Data.SceneImages(Data.Scenes.DrawnEmojis.Composer, new());
        var error = Assert.Throws<InvalidSettingException>(() => LatentAssembly.Open((TransformerRecipe)_run.Transformer(_folder["run"]), scenes, autoencoder, null, CancellationToken.None));
        Assert.Equal("data.count is missing, expected a number of samples, as 'latents.cache' is set and scenes never end", error.Message);
    }

    [Fact]
    public void AFolderThatCannotBeTrainedInto_IsNamed()
    {
        using var leak = new LeakCheck();
        File.WriteAllText(_folder["file"], "");
        Assert.StartsWith($"cannot train into '{_folder["file"]}' (does another process?): ",
            Assert.Throws<PixArtException>(() => TrainingRun.Run(_run.Transformer(_folder["file"]))).Message, StringComparison.Ordinal);
    }
}
