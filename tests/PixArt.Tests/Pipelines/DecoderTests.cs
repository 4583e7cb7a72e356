using PixArt.Pipelines;

namespace PixArt.Tests.Pipelines;

/// <summary>Pictures made by a consistency decoder in place of the autoencoder's own.</summary>
public sealed class DecoderTests : IDisposable
{
    static readonly GenerationRequest s_request = new() { Prompts = ["a fox"], Steps = 2, Seed = 5 };

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Model => GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");

    PipelineOptions Options => new() { Decoder = DecoderFolders.Write(_folder["decoder"]) };

    [Fact]
    public async Task It_makes_other_pictures_of_the_same_latents_and_the_same_ones_again()
    {
        using var leak = new LeakCheck();
        using var plain = await PixArtPipeline.LoadAsync(Model);
        using var pipeline = await PixArtPipeline.LoadAsync(Model, Options);
        using (var expected = await plain.SampleAsync(s_request))
        using (var latents = await pipeline.SampleAsync(s_request))
            Assert.Equal(expected.ToArray<float>(), latents.ToArray<float>());
        var own = (await plain.GenerateAsync(s_request))[0];
        var first = (await pipeline.GenerateAsync(s_request))[0];
        var again = (await pipeline.GenerateAsync(s_request))[0];
        Assert.Equal((own.Image.Width, own.Image.Height), (first.Image.Width, first.Image.Height));
        Assert.NotEqual(own.Image.Pixels, first.Image.Pixels);
        Assert.Equal(first.Image.Pixels, again.Image.Pixels);
        Assert.Equal(_folder["decoder"], first.Settings.Decoder);
        Assert.Equal(_folder["decoder"], GenerationSettings.FromJson(first.Settings.ToJson(), "settings").Decoder);
        Assert.Null(own.Settings.Decoder);
    }

    [Theory]
    [InlineData(ModelResidency.Everything)]
    [InlineData(ModelResidency.OnePhase)]
    public async Task A_batch_gives_the_pictures_of_single_runs(ModelResidency residency)
    {
        using var leak = new LeakCheck();
        using var pipeline = await PixArtPipeline.LoadAsync(Model, Options with { Residency = residency });
        var batch = await pipeline.GenerateAsync(s_request with { Scheduler = "ddim", Count = 3, BatchSize = 3 });
        var singles = await pipeline.GenerateAsync(s_request with { Scheduler = "ddim", Count = 3 });
        foreach (var (one, other) in batch.Zip(singles)) Assert.InRange(one.Image.Pixels.Zip(other.Image.Pixels).Max(pair => Math.Abs(pair.First - pair.Second)), 0, 1);
    }

    [Fact]
    public async Task Pictures_are_still_started_from_by_the_autoencoder()
    {
        using var pipeline = await PixArtPipeline.LoadAsync(Model, Options);
        var start = new InputPicture((await pipeline.GenerateAsync(s_request))[0].Image);
        Assert.Single(await pipeline.GenerateAsync(s_request with { Image = start, Steps = 4, Strength = 0.5 }));
    }

    [Fact]
    public void What_does_not_fit_is_told_before_any_work()
    {
        string Message(string decoder) => Assert.ThrowsAny<PixArtException>(() => PixArtPipeline.Check(Model, new() { Decoder = decoder }, s_request)).Message;
        Assert.Equal($"{_folder["nowhere"]}: there is no such folder", Message(_folder["nowhere"]));
        var deep = DecoderFolders.Write(_folder["deep"], levels: 3);
        Assert.Equal($"{deep}: downsampling of the decoder is 4, expected 2, as the vae has", Message(deep));
        var vae = Path.Combine(Model, "vae");
        Assert.Contains("_class_name", Message(vae), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latents_of_Sigma_are_refused()
    {
        using var model = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Model, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(model.Path, Path.GetRelativePath(Model, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var config = Path.Combine(model.Path, "vae", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("0.18215", "0.13025", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<InvalidSettingException>(() => PixArtPipeline.LoadAsync(model.Path, Options));
        Assert.Equal(
            "consistency decoder is 'used with latents of scaling factor 0.13025', expected latents of Stable Diffusion's autoencoder (0.18215), as PixArt-α has; PixArt-Σ's are SDXL's",
            error.Message);
    }
}
