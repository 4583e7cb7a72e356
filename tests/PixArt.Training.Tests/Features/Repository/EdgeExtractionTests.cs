using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Features.Repository;
using PixArt.Weights;
using static PixArt.Training.Tests.Features.Repository.FeatureFolders;

namespace PixArt.Training.Tests.Features.Repository;

/// <summary>The latents of edges, and a ControlNet that is trained on them.</summary>
public sealed class EdgeExtractionTests(FeatureFixture fixture) : IClassFixture<FeatureFixture>
{
    [Fact]
    public void Run_WithHed_WritesTheLatentsOfEdges()
    {
        var root = fixture.EdgesRoot;
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        using var off = GradMode.Disable();
        using var autoencoder = ModelLoading.Autoencoder(null, fixture.Autoencoder, Device.Cpu, 0);
        using var hed = ControlAssembly.Hed(fixture.Hed, Device.Cpu);
        var image = Image.Load(Path.Combine(fixture.EdgeData, "InternImgs", "x", "1.png"));
        var edges = hed.Edges(ImageTensors.ToTensor(image.Resize(256, 256)));
        using var posterior = autoencoder.Encode(((edges * 2) - 1).Repeat(1, 3, 1, 1));
        var stored = FeatureFiles.ReadEdges(Path.Combine(root, "hed_feature_256", "x", "1.npz"));
        Assert.Equal((StoredType.F32, 8), (stored.Type, (int)stored.Shape[0]));
        var values = FeatureFiles.Numbers(stored, "stored");
        Assert.InRange(Error(posterior.Mean, values[..(values.Length / 2)]), 0, 0.02);
        Assert.InRange(Error(posterior.StandardDeviation(), values[(values.Length / 2)..]), 0, 0.02);
        Assert.Contains("alphaEdges", Assert.Throws<InvalidSettingException>(() => fixture.Recipe(root, "alpha", "hed=x")).Message);
    }

    [Fact]
    public void Run_WithHed_KilledAndCut_EndsWithTheFilesOfAnUninterruptedRun()
    {
        var killed = fixture.Root();
        // Captions and latents are there, and the edges of one picture: killed while the next are computed.
        Assert.True(KillAt(fixture.EdgeRecipe(killed), files: 7));
        var first = Assert.Single(Directory.GetFiles(Path.Combine(killed, "hed_feature_256", "x"), "?.npz"));
        File.WriteAllBytes(first, File.ReadAllBytes(first)[..^50]);
        FeatureExtraction.Run(fixture.EdgeRecipe(killed));
        AssertSame(fixture.EdgesRoot, killed);
    }

    [Fact]
    public void Train_AControlNetOnTheFeatures_ReadsEdgesAndResumesToTheBit()
    {
        var root = fixture.EdgesRoot;
        using var leak = new LeakCheck();
        // Latents are 128 wide here: larger patches.
        var parent = fixture.Root();
        TrainingRun.Run(fixture.Run.Transformer(parent, "model.patch_size=8", "steps=1", "interval={\"low\":0,\"high\":1000}"));
        string[] set =
        [
            $"data={{\"kind\":\"dataInfo\",\"folder\":\"{fixture.EdgeData}\"}}", "latents.cache=null", "tokenizer=", "edges=hed", "accumulation=1", "steps=4",
            $"features={{\"layout\":\"alphaEdges\",\"root\":\"{root}\",\"resolution\":256}}", "textEncoder={\"train\":false}", "checkpoint.everySteps=2",
        ];
        var straight = fixture.Root();
        TrainingRun.Run(fixture.Run.Control(straight, parent, set));
        var stopped = fixture.Root();
        InterruptedRun.UpTo(3, fixture.Run.Control(stopped, parent, set));
        TrainingRun.Run(fixture.Run.Control(stopped, parent, set));
        var weights = Path.Combine("controlnet", "diffusion_pytorch_model.safetensors");
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight, weights)), File.ReadAllBytes(Path.Combine(stopped, weights)));

        // Pictures whose edges are missing are left out, and named.
        var (there, away) = (Path.Combine(root, "hed_feature_256", "x", "2.npz"), Path.Combine(root, "2.away"));
        File.Move(there, away);
        var told = new List<string>();
        TrainingRun.Run(fixture.Run.Control(fixture.Root(), parent, [.. set, "steps=1"]), new Listener(made =>
        {
            if (made is Notice notice) told.Add(notice.Message);
        }));
        File.Move(away, there);
        Assert.Contains(told, line => line.Contains("2 of 3 samples", StringComparison.Ordinal));
    }
}
