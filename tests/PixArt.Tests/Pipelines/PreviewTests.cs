using PixArt.Models;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Weights;

namespace PixArt.Tests.Pipelines;

public sealed class PreviewTests
{
    [Fact]
    public void A_linear_map_is_found_exactly()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var latents = Tensor.Randn([3, 4, 6, 6], generator);
        var weight = Tensor.Randn([3, 4, 1, 1], generator);
        var pictures = Functional.Conv2d(latents, weight, Tensor.FromArray([0.1f, -0.2f, 0.3f], 3));
        using var colors = LatentColors.Fit(latents, pictures);
        Close.Assert(pictures, colors.Colors(latents), 1e-3, "linear map");
    }

    [Fact]
    public async Task Each_step_shows_the_batch_and_leaves_no_tensors()
    {
        var folder = GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");
        using var pipeline = await PixArtPipeline.LoadAsync(folder);
        var request = new GenerationRequest { Prompts = ["a fox"], Steps = 3, Seed = 5, Count = 3, BatchSize = 2, Width = 16, Height = 12, Previews = true };
        var seen = new List<int>();
        await pipeline.GenerateAsync(request, new Watch(seen));
        using var leak = new LeakCheck();
        seen.Clear();
        await pipeline.GenerateAsync(request, new Watch(seen));
        Assert.Equal([0, 2, 2, 2, 1, 1, 1], seen);
        seen.Clear();
        await pipeline.GenerateAsync(request with { Previews = false }, new Watch(seen));
        Assert.All(seen, count => Assert.Equal(0, count));
    }

    [Fact]
    public async Task A_tiny_autoencoder_decodes_them_instead()
    {
        var folder = GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");
        using var tiny = new TemporaryFolder();
        var config = new AutoencoderTinyConfig { Width = 8, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] };
        TinyDecoderFolders.Write(tiny.Path, config);
        using var leak = new LeakCheck();
        using var pipeline = await PixArtPipeline.LoadAsync(folder, new() { PreviewDecoder = tiny.Path });
        var seen = new List<int>();
        await pipeline.GenerateAsync(
            new() { Prompts = ["a fox"], Steps = 2, Seed = 5, Width = 16, Height = 12, Previews = true }, new Watch(seen));
        Assert.Equal([0, 1, 1], seen);

        TinyDecoderFolders.Write(tiny.Path, config with { LatentChannels = 3 });
        var error = Assert.Throws<InvalidSettingException>(() => PixArtPipeline.Check(folder, new() { PreviewDecoder = tiny.Path }, new() { Prompts = ["a fox"] }));
        Assert.Equal($"{tiny.Path}: latent_channels is 3, expected 4, as the vae has", error.Message);
    }

    [Fact]
    public async Task Previews_change_nothing_of_the_pictures()
    {
        var folder = GoldenSet.Open().PathOf("pipelines/tiny_alpha_folder");
        using var pipeline = await PixArtPipeline.LoadAsync(folder);
        var request = new GenerationRequest { Prompts = ["a fox"], Steps = 3, Seed = 5 };
        var plain = await pipeline.GenerateAsync(request);
        var watched = await pipeline.GenerateAsync(request with { Previews = true }, new Watch([]));
        Assert.Equal(plain[0].Image.Pixels, watched[0].Image.Pixels);
    }

    [Fact]
    public void The_map_of_an_autoencoder_is_nearer_to_its_pictures_than_one_colour()
    {
        using var leak = new LeakCheck();
        using var golden = new PipelineGolden("pipelines/alpha_tiny", "dpm");
        using var scope = TensorScope.Begin();
        using var noGrad = GradMode.Disable();
        using var colors = LatentColors.Of(golden.Autoencoder, Device.Cpu);
        using var generator = new Generator(9);
        var latents = Functional.InterpolateNearest(Tensor.Randn([2, 4, 3, 3], generator), [12, 12]);
        var pictures = Functional.AvgPool2d(golden.Autoencoder.Decode(golden.Autoencoder.Unscale(latents)), 2);
        var error = (colors.Colors(latents) - pictures).Norm().ToArray<float>()[0];
        var spread = (pictures - pictures.Mean([0, 2, 3], keepDim: true)).Norm().ToArray<float>()[0];
        Assert.True(error < 0.8 * spread, $"{error} of {spread}");
    }

    sealed class Watch(List<int> seen) : IProgress<PipelineProgress>
    {
        public void Report(PipelineProgress value)
        {
            if (value.Stage != PipelineStage.Sampling) return;
            Assert.All(value.Previews, picture => Assert.Equal((16, value.Previews[0].Height), (picture.Width, picture.Height)));
            seen.Add(value.Previews.Count);
        }
    }
}
