using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Weights;
using static PixArt.Training.Tests.Features.Repository.FeatureFolders;

namespace PixArt.Training.Tests.Features.Repository;

/// <summary>What a teacher makes of which noise, and a student that repeats it.</summary>
public sealed class PairExtractionTests(FeatureFixture fixture) : IClassFixture<FeatureFixture>
{
    [Fact]
    public async Task Run_WithATeacher_WritesItsLatentsAndTheNoiseTheyCameFrom()
    {
        var (one, killed) = (fixture.Root(), fixture.Root());
        using var leak = new LeakCheck();
        FeatureExtraction.Run(fixture.PairRecipe(one));
        using var pipeline = await PixArtPipeline.LoadAsync(fixture.Teacher);
        using (TensorScope.Begin())
        {
            var noise = NumpyFile.Read(Path.Combine(one, "InternImgs_DMD_noises", "4.npy"));
            Assert.Equal([4L, 128, 128], noise.Shape);
            using var made = await pipeline.SampleAsync(new()
            {
                Prompts = ["a red square"],
                Width = 256,
                Height = 256,
                Steps = 2,
                GuidanceScale = 3,
                Latents = Tensor.FromArray(noise.Elements<float>().ToArray(), 1, 4, 128, 128),
            });
            var stored = NumpyFile.Read(Path.Combine(one, "InternImgs_DMD_latents", "4.npy"));
            Assert.Equal([4L, 128, 128], stored.Shape);
            Assert.InRange(Error(made, stored.Elements<float>().ToArray()), 0, 1e-5);
        }

        // Cut, by ranks and again: the same files.
        FeatureExtraction.Run(fixture.PairRecipe(killed), 1, 2);
        var cut = Directory.GetFiles(Path.Combine(killed, "InternImgs_DMD_noises")).Order(StringComparer.Ordinal).First();
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^100]);
        for (var rank = 0; rank < 2; rank++) FeatureExtraction.Run(fixture.PairRecipe(killed), rank, 2);
        AssertSame(one, killed);
        var error = Assert.Throws<PixArtException>(() => FeatureExtraction.Run(fixture.PairRecipe(one, "teacher.seed=4")));
        Assert.Matches("^the features of '.*pixart-pairs.json' were made with other settings", error.Message);
    }

    [Fact]
    public void Train_ToRepeatATeacher_ReadsItsNoiseAndResumesToTheBit()
    {
        var root = fixture.Root();
        FeatureExtraction.Run(fixture.PairRecipe(root, $"textEncoder={fixture.Teacher}/text_encoder", $"tokenizer={fixture.Run.Folder}/tokenizer"));
        TinyDecoderFolders.Write(Path.Combine(root, "taesd"), new() { Width = 4, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] });
        var regression = $"{{\"autoencoder\":\"{root}/taesd\",\"vgg\":\"{OwnData.Path("lpips/vgg16.pth")}\",\"lpips\":\"{OwnData.Path("lpips/vgg.pth")}\"}}";
        string[] set =
        [
            .. TinyRun.From(fixture.Teacher), .. TinyRun.Matching, $"distributionMatching={{\"regression\":{regression}}}", "model=null", "tokenizer=", "latents.cache=null",
            $"data={{\"kind\":\"dataInfo\",\"folder\":\"{fixture.Data}\"}}", $"features={{\"layout\":\"dmd\",\"root\":\"{root}\"}}", "accumulation=1", "steps=4", "checkpoint.everySteps=2",
        ];
        using var leak = new LeakCheck();
        var straight = fixture.Root();
        TrainingRun.Run(fixture.Run.Transformer(straight, set));
        var metrics = File.ReadAllLines(Path.Combine(straight, "metrics.jsonl"));
        Assert.All(metrics, line => Assert.True(System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("regression").GetDouble() > 0));
        var stopped = fixture.Root();
        InterruptedRun.UpTo(3, fixture.Run.Transformer(stopped, set));
        TrainingRun.Run(fixture.Run.Transformer(stopped, set));
        var weights = Path.Combine("transformer", "diffusion_pytorch_model.safetensors");
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight, weights)), File.ReadAllBytes(Path.Combine(stopped, weights)));

        TinyDecoderFolders.Write(Path.Combine(root, "taesd"), new() { Width = 4, LatentChannels = 3, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] });
        var error = Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(fixture.Run.Transformer(fixture.Root(), set)));
        Assert.Equal($"{root}/taesd: latent_channels is 3, expected 4, as the transformer has", error.Message);
    }

    [Theory]
    [InlineData("teacher=null", "teacher is missing, expected a model here, or a component folder in 'textEncoder'")]
    [InlineData("teacher={}", "teacher.model is '', expected the folder of a model")]
    [InlineData("teacher.steps=0", "teacher.steps is 0, expected 1 to 1000, or null")]
    [InlineData("teacher.guidance=-1", "teacher.guidance is -1, expected 0 or more, or null")]
    [InlineData("autoencoder=vae", "autoencoder is 'vae', expected null, as a teacher makes the latents of layout dmd")]
    [InlineData("layout=sigma", "teacher is 'given', expected null, or layout dmd, whose latents a teacher makes")]
    public void ARecipeOfPairs_ThatContradictsItself_IsRefused(string set, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidSettingException>(() => fixture.PairRecipe("out", set)).Message);
}
