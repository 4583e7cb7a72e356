using PixArt.Pipelines;
using PixArt.Torch;

namespace PixArt.Tests.Pipelines;

public sealed class PixArtPipelineTests
{
    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Steps = 3, Seed = 5 };

    static string Folder => GoldenSet.Open().PathOf(
        GoldenSet.Open().Entries.First(e => e.IsFolder && e.Name.StartsWith("pipelines/", StringComparison.Ordinal)).Name);

    // After a first picture: the model keeps its position table of the last size.
    static async Task<PixArtPipeline> WarmAsync()
    {
        var pipeline = await PixArtPipeline.LoadAsync(Folder);
        await pipeline.GenerateAsync(s_request with { Steps = 1 });
        return pipeline;
    }

    [Fact]
    public async Task Generate_AgainAndAgain_LeavesNoTensors()
    {
        using var leak = new LeakCheck();
        using var pipeline = await WarmAsync();
        using var loaded = new LeakCheck();
        await pipeline.GenerateAsync(s_request);
        await pipeline.GenerateAsync(s_request with { Count = 2, BatchSize = 2, GuidanceScale = 1 });
    }

    [Fact]
    public async Task Generate_Cancelled_LeavesNoTensorsAndThePipelineUsable()
    {
        using var pipeline = await WarmAsync();
        using var leak = new LeakCheck();
        using var source = new CancellationTokenSource();
        var progress = new Watch(report =>
        {
            if (report is { Stage: PipelineStage.Sampling, Done: 2 }) source.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.GenerateAsync(s_request, progress, source.Token));
        Assert.Single(await pipeline.GenerateAsync(s_request));
    }

    [Fact]
    public async Task Generate_ThreadsOfThePoolHaveAnotherThreadCount_TakesTheCallers()
    {
        using var pipeline = await WarmAsync();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => LibTorch.NumThreads = 2)));
        var before = LibTorch.NumThreads;
        var seen = new HashSet<int>();
        try
        {
            LibTorch.NumThreads = 3;
            var progress = new Watch(_ => seen.Add(LibTorch.NumThreads));
            var pictures = pipeline.GenerateAsync(s_request, progress);
            LibTorch.NumThreads = before;
            await pictures;
        }
        finally
        {
            LibTorch.NumThreads = before;
        }
        Assert.Equal([3], seen);
    }

    [Fact]
    public async Task Generate_FailedHalfWay_LeavesNoTensors()
    {
        using var pipeline = await WarmAsync();
        using var leak = new LeakCheck();
        var progress = new Watch(report =>
        {
            if (report is { Stage: PipelineStage.Sampling, Done: 2 }) throw new InvalidOperationException("broken");
        });
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => pipeline.GenerateAsync(s_request, progress));
        Assert.Equal("broken", error.Message);
    }

    [Fact]
    public async Task Stream_LeftEarly_StopsTheWork()
    {
        using var pipeline = await WarmAsync();
        using var leak = new LeakCheck();
        var decoded = 0L;
        var progress = new Watch(report => decoded = report.Stage == PipelineStage.Decoding ? report.Done : decoded);
        await foreach (var picture in pipeline.StreamAsync(s_request with { Count = 500 }, progress)) break;
        Assert.InRange(decoded, 1, 400);
    }

    [Fact]
    public async Task Generate_TwiceAtOnce_WaitsItsTurn()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var both = await Task.WhenAll(pipeline.GenerateAsync(s_request), pipeline.GenerateAsync(s_request));
        Assert.Equal(both[0][0].Image.Pixels, both[1][0].Image.Pixels);
    }

    [Fact]
    public async Task Generate_ABatch_GivesThePicturesOfSingleRuns()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var request = s_request with { Prompts = ["a fox", "a much longer prompt of many words"], Count = 2 };
        var whole = await pipeline.GenerateAsync(request);
        using var batch = await pipeline.SampleAsync(request with { BatchSize = 4 });
        using var singles = await pipeline.SampleAsync(request);
        Close.Assert(singles, batch, 1e-4, "batch of four");
        foreach (var picture in whole)
        {
            var settings = picture.Settings;
            var alone = await pipeline.GenerateAsync(s_request with { Prompts = [settings.Prompt], Seed = settings.Seed });
            Assert.Equal(picture.Image.Pixels, alone[0].Image.Pixels);
        }
    }

    [Fact]
    public async Task Sample_HandedOverToTheSameModel_EqualsOneRunOfAOneStepSolver()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var request = s_request with { Steps = 6, Scheduler = "ddim" };
        using var whole = await pipeline.SampleAsync(request);
        using var first = await pipeline.SampleAsync(request with { DenoisingEnd = 0.6 });
        using var second = await pipeline.SampleAsync(request with { DenoisingStart = 0.6, Latents = first });
        Assert.Equal(whole.ToArray<float>(), second.ToArray<float>());
    }

    [Fact]
    public async Task Sample_HandedOverWithNoise_GoesOnWithFreshDraws()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        var request = s_request with { Steps = 6, Scheduler = "ddpm" };
        using var whole = await pipeline.SampleAsync(request);
        using var first = await pipeline.SampleAsync(request with { DenoisingEnd = 0.6 });
        using var second = await pipeline.SampleAsync(request with { DenoisingStart = 0.6, Latents = first });
        Assert.Equal(whole.ToArray<float>(), second.ToArray<float>());
    }

    [Fact]
    public async Task Generate_WithStepsThatTheSamplerChooses_TellsTheShareOfTheWay()
    {
        using var pipeline = await WarmAsync();
        using var leak = new LeakCheck();
        var reports = new List<PipelineProgress>();
        var request = s_request with { Steps = null, Scheduler = "dpm-solver-adaptive", Count = 2 };
        var pictures = await pipeline.GenerateAsync(request, new Watch(report => reports.Add(report)));
        PipelineProgress[] sampling = [.. reports.Where(report => report.Stage == PipelineStage.Sampling)];
        Assert.All(sampling, report => Assert.True(report is { IsShare: true, Total: 200 }));
        Assert.Equal(200, sampling[^1].Done);
        Assert.Equal(sampling.Select(report => report.Done).Order(), sampling.Select(report => report.Done));
        Assert.Null(pictures[1].Settings.Steps);
        Assert.DoesNotContain("Steps:", pictures[1].Settings.ToParametersText(), StringComparison.Ordinal);
        var alone = await pipeline.GenerateAsync(request with { Count = 1, Seed = pictures[1].Settings.Seed });
        Assert.Equal(pictures[1].Image.Pixels, alone[0].Image.Pixels);
    }

    [Fact]
    public async Task Generate_WithStepsThatTheSamplerChooses_RefusesWhatNeedsAList()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Folder);
        using var latents = Tensor.Zeros([1, 4, 8, 8]);
        var request = s_request with { Steps = null, Scheduler = "dpm-solver-adaptive" };
        var picture = new InputPicture(new PixArt.Imaging.Image(8, 8, 3, new byte[192]));
        (GenerationRequest Request, string Message)[] refused =
        [
            (request with { Steps = 20 }, "steps is 20, expected no number with a sampler that chooses its steps: it takes as many as it needs"),
            (request with { Timesteps = [500] }, "timesteps is 'given', expected none with a sampler that chooses its steps"),
            (request with { BatchSize = 2 }, "batch size is 2, expected 1 with a sampler that chooses its steps: each picture has steps of its own"),
            (request with { Image = picture }, "image is 'given', expected none with a sampler that chooses its steps: it begins with noise"),
            (request with { Reference = picture }, "reference is 'given', expected none with a sampler that chooses its steps: it begins with noise"),
            (request with { DenoisingEnd = 0.5 }, "denoising end is 0.5, expected none with a sampler that chooses its steps"),
            (request with { DenoisingStart = 0.5, Latents = latents }, "denoising start is 0.5, expected none with a sampler that chooses its steps"),
        ];
        foreach (var (each, message) in refused) Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => pipeline.Check(each)).Message);
    }

    [Fact]
    public async Task Load_OfAMissingFolder_Throws()
    {
        using var leak = new LeakCheck();
        await Assert.ThrowsAnyAsync<PixArtException>(() => PixArtPipeline.LoadAsync("/nowhere"));
    }

    [Theory]
    [InlineData(ModelResidency.OnePhase, false)]
    [InlineData(ModelResidency.OneModel, true)]
    public async Task Generate_WithModelsThatTakeTurns_GivesTheSamePicturesAndLeavesNone(ModelResidency residency, bool streamed)
    {
        var pair = new PipelineOptions { ExpertFolder = Folder, Split = 500 };
        var request = s_request with { Steps = 4, Count = 2 };
        using var whole = await PixArtPipeline.LoadAsync(Folder, pair);
        using var sparing = await PixArtPipeline.LoadAsync(Folder, pair with { Residency = residency, StreamTextEncoder = streamed });
        var expected = await whole.GenerateAsync(request);
        using var leak = new LeakCheck();
        var first = await sparing.GenerateAsync(request);
        var again = await sparing.GenerateAsync(request);
        Assert.Equal(expected.Select(p => p.Image.Pixels), first.Select(p => p.Image.Pixels));
        Assert.Equal(expected.Select(p => p.Image.Pixels), again.Select(p => p.Image.Pixels));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Load_WithASplitOutsideTheTimesteps_Throws(int split)
    {
        var error = await Assert.ThrowsAsync<InvalidSettingException>(
            () => PixArtPipeline.LoadAsync(Folder, new() { ExpertFolder = Folder, Split = split }));
        Assert.Equal($"split is {split}, expected a timestep above 0 and below 1000", error.Message);
    }

    [Fact]
    public async Task Load_OnADeviceThatIsNotThere_Throws()
    {
        var expected = LibTorch.CudaDeviceCount is > 0 and var devices ? $"cpu, or cuda:0 to cuda:{devices - 1}" : "cpu: libtorch finds no CUDA device";
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => PixArtPipeline.LoadAsync(Folder, new() { Device = Device.Cuda(99) }));
        Assert.Equal($"device is 'cuda:99', expected {expected}", error.Message);
    }

    // Progress<T> reports from another thread, later.
    sealed class Watch(Action<PipelineProgress> report) : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value) => report(value);
    }
}
