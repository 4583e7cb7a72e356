using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines.Control;

public sealed class ControlTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly GenerationRequest _request = new() { Prompts = ["a fox"], Steps = 2, Seed = 5, Control = new() { Image = Picture(), Kind = ControlKind.Gradient } };

    static string Model => GoldenSet.Open().PathOf(
        GoldenSet.Open().Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name);

    public void Dispose() => _folder.Dispose();

    static Image Picture(int width = 40, int height = 32)
    {
        var picture = Image.Filled(width, height, new(30, 60, 200));
        for (var y = height / 4; y < height / 2; y++)
            for (var x = width / 4; x < width / 2; x++) picture.Pixels[(y * width + x) * 3] = 250;
        return picture;
    }

    Task<PixArtPipeline> LoadAsync()
    {
        ControlFolders.Write(_folder["control"], Model);
        return PixArtPipeline.LoadAsync(Model, new() { ControlModel = _folder["control"] });
    }

    [Fact]
    public async Task Control_ChangesThePicture_AndStrengthZeroDoesNot()
    {
        using var leak = new LeakCheck();
        using var pipeline = await LoadAsync();
        using var plain = await pipeline.SampleAsync(_request with { Control = null });
        using var off = await pipeline.SampleAsync(_request with { Control = _request.Control! with { Strength = 0 } });
        using var half = await pipeline.SampleAsync(_request with { Control = _request.Control! with { Strength = 0.5 } });
        using var full = await pipeline.SampleAsync(_request);
        Assert.Equal(plain.ToArray<float>(), off.ToArray<float>());
        Assert.True(Close.RelativeError(Close.Doubles(plain), Close.Doubles(half)) > 0.01);
        Assert.True(Close.RelativeError(Close.Doubles(half), Close.Doubles(full)) > 0.01);
    }

    [Theory]
    [InlineData("\"timestep_low\": 1000", false)]
    [InlineData("\"timestep_high\": 1", false)]
    [InlineData("\"timestep_low\": 400", true)]
    public async Task Control_LeavesTimestepsAlone_ThatItWasNotTrainedOn(string trained, bool steers)
    {
        ControlFolders.Write(_folder["control"], Model);
        var config = Path.Combine(_folder["control"], "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"num_layers\": 1", $"\"num_layers\": 1, {trained}", StringComparison.Ordinal));
        using var pipeline = await PixArtPipeline.LoadAsync(Model, new() { ControlModel = _folder["control"] });
        using var plain = await pipeline.SampleAsync(_request with { Control = null });
        using var found = await pipeline.SampleAsync(_request);
        Assert.Equal(!steers, plain.ToArray<float>().SequenceEqual(found.ToArray<float>()));
    }

    [Fact]
    public async Task Batches_AreThePicturesOfSingleRuns_AndLeaveNothing()
    {
        using var pipeline = await LoadAsync();
        var request = _request with { Prompts = ["a fox", "a much longer prompt of many words"], Count = 2 };
        using var singles = await pipeline.SampleAsync(request);
        using var leak = new LeakCheck();
        using (var batch = await pipeline.SampleAsync(request with { BatchSize = 4 })) Close.Assert(singles, batch, 1e-4, "batch of four");
        using (var unguided = await pipeline.SampleAsync(request with { BatchSize = 4, GuidanceScale = 1 }))
            Assert.Equal(4, unguided.Size(0));
    }

    [Fact]
    public async Task TheReleasedFilesLayout_GivesTheSamePictures()
    {
        using var pipeline = await LoadAsync();
        ControlFolders.WriteOriginal(_folder["control.pth"], Model);
        using var other = await PixArtPipeline.LoadAsync(Model, new() { ControlModel = _folder["control.pth"] });
        using var expected = await pipeline.SampleAsync(_request);
        using var found = await other.SampleAsync(_request);
        Assert.Equal(expected.ToArray<float>(), found.ToArray<float>());
    }

    [Fact]
    public async Task AnEdgeMap_IsTakenAsTheEdgesOfAPictureAre()
    {
        using var pipeline = await LoadAsync();
        // At the sampled size already, so that no scaling comes between.
        var picture = Picture(16, 16);
        using var computed = await pipeline.SampleAsync(_request with { Control = new() { Image = picture, Kind = ControlKind.Gradient } });
        var map = GradientEdges.Find(picture);
        foreach (var kind in (ControlKind[])[ControlKind.Edges, ControlKind.Image])
        {
            using var given = await pipeline.SampleAsync(_request with { Control = new() { Image = map, Kind = kind } });
            Close.Assert(computed, given, 1e-4, $"{kind}");
        }

        using var coloured = await pipeline.SampleAsync(_request with { Control = new() { Image = picture, Kind = ControlKind.Image } });
        Assert.True(Close.RelativeError(Close.Doubles(computed), Close.Doubles(coloured)) > 0.001);
    }

    [Fact]
    public async Task HedEdges_AreComputedByTheNetworkBesideTheControlModel()
    {
        using var leak = new LeakCheck();
        ControlFolders.Write(_folder["control"], Model);
        ControlFolders.WriteHed(Path.Combine(_folder["control"], "ControlNetHED.pth"));
        using var pipeline = await PixArtPipeline.LoadAsync(Model, new() { ControlModel = _folder["control"], Residency = ModelResidency.OnePhase });
        using var hed = await pipeline.SampleAsync(_request with { Control = _request.Control! with { Kind = ControlKind.Hed } });
        using var gradient = await pipeline.SampleAsync(_request);
        Assert.True(Close.RelativeError(Close.Doubles(gradient), Close.Doubles(hed)) > 0.001);
    }

    [Fact]
    public void Sizes_FollowThePicturesAspectRatio_WhereNoneIsAskedFor()
    {
        var facts = PipelineFolder.Read(Model);
        facts = facts with { Transformer = facts.Transformer with { SampleSize = 64 } };
        var request = _request with { ResolutionBinning = true, Control = new() { Image = Picture(300, 100), Kind = ControlKind.Edges } };
        var plan = GenerationPlan.Create(request, facts);
        var expected = AspectRatioBins.ForSampleSize(64)!.Closest(100, 300);
        Assert.Equal(expected, plan.SampledSize);
        Assert.Equal(expected, plan.Size);
        Assert.Equal((512, 512), GenerationPlan.Create(request with { Width = 512, Height = 512 }, facts).SampledSize);
    }

    [Fact]
    public async Task Settings_TellTheControl()
    {
        using var pipeline = await LoadAsync();
        var control = _request.Control! with { Source = "photo.jpg", Strength = 0.8 };
        var settings = (await pipeline.GenerateAsync(_request with { Control = control }))[0].Settings;
        var read = GenerationSettings.FromJson(settings.ToJson(), "");
        Assert.Equal((ControlKind.Gradient, "photo.jpg", 0.8, _folder["control"]), (read.Control, read.ControlImage, read.ControlStrength, read.ControlModel));
        Assert.Null((await pipeline.GenerateAsync(_request with { Control = null }))[0].Settings.ControlModel);
    }

    [Fact]
    public async Task Errors_ComeBeforeAnyWork()
    {
        using var leak = new LeakCheck();
        ControlFolders.Write(_folder["control"], Model);
        PipelineOptions with = new() { ControlModel = _folder["control"] };
        const string missing = "control model is missing, expected a ControlNet's weights file or folder, as there is a control picture";
        const string nowhere = "control model is '/nowhere', expected a ControlNet's weights file or folder";
        AssertRefused(missing, new(), _request);
        AssertRefused(nowhere, new() { ControlModel = "/nowhere" }, _request);
        var transformer = Path.Combine(Model, "transformer", "diffusion_pytorch_model.safetensors");
        AssertRefused(
            $"control model is '{transformer}', expected a ControlNet: its weights have no 'controlnet_blocks' and no 'copied_block'",
            new() { ControlModel = transformer }, _request);
        SafetensorsWriter.Write(_folder["narrow"], [TensorToWrite.FromBytes("controlnet_blocks.0.after_proj.weight", StoredType.F32, [2, 2], new byte[16])]);
        AssertRefused(
            $"control model is '{_folder["narrow"]}', expected a ControlNet of the transformer's width 36; this one's is 2",
            new() { ControlModel = _folder["narrow"] }, _request);
        var hed = _request with { Control = _request.Control! with { Kind = ControlKind.Hed } };
        AssertRefused("HED model is missing, expected ControlNetHED.pth or its path: it is not beside the control model", with, hed);
        AssertRefused("HED model is '/nowhere', expected ControlNetHED.pth, or a folder with it", with with { HedModel = "/nowhere" }, hed);
        AssertRefused("control strength is 3, expected a number from 0 to 2", with, _request with { Control = _request.Control! with { Strength = 3 } });
        var config = Path.Combine(_folder["control"], "config.json");
        var text = File.ReadAllText(config);
        File.WriteAllText(config, text.Replace("\"num_layers\": 1", "\"num_layers\": 2", StringComparison.Ordinal));
        AssertRefused("num_layers of the ControlNet is 2, expected 1, as many blocks as its weights hold", with, _request);
        File.WriteAllText(config, text.Replace("\"num_attention_heads\": 3", "\"num_attention_heads\": 16", StringComparison.Ordinal));
        AssertRefused("num_attention_heads of the ControlNet is 16, expected the transformer's 3", with, _request);
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => PixArtPipeline.LoadAsync(Model, new() { ControlModel = "/nowhere" }));
        Assert.Equal(nowhere, error.Message);
        using var pipeline = await PixArtPipeline.LoadAsync(Model);
        Assert.Equal(missing, Assert.Throws<InvalidSettingException>(() => pipeline.Check(_request)).Message);

        static void AssertRefused(string message, PipelineOptions options, GenerationRequest request) =>
            Assert.Equal(message, Assert.ThrowsAny<PixArtException>(() => PixArtPipeline.Check(Model, options, request)).Message);
    }
}
