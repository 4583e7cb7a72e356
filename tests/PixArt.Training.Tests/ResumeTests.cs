using System.Security.Cryptography;

namespace PixArt.Training.Tests;

/// <summary>Real models in processes of their own, which are killed without warning.</summary>
public sealed class ResumeTests(ResumeTests.Fixture fixture) : IClassFixture<ResumeTests.Fixture>
{
    [Fact]
    public void Run_KilledAtOneStepAfterAnother_EndsWithTheSameBits()
    {
        var recipe = fixture.Run.Transformer(fixture.Output("killed"));
        // Each is killed as soon as it tells of a step: before, while or after it writes that checkpoint.
        foreach (var step in (int[])[2, 4, TinyRun.Steps]) Assert.True(RecipeProcess.KillAt(recipe, step));
        TrainingRun.Run(recipe);
        Assert.Equal(Hashes(fixture.Straight), Hashes(recipe.Output));
    }

    [Theory]
    [InlineData("optimizer.kind=muon")]
    [InlineData("adapter={\"rank\":2,\"dropout\":0.2}")]
    [InlineData("adapter={\"kind\":\"dora\",\"rank\":2}", "gradientCheckpointing=true")]
    [InlineData("adapter={\"kind\":\"lokr\",\"rank\":2}")]
    [InlineData("prior")]
    [InlineData("prior", "adapter={\"rank\":2}")]
    [InlineData("consistency")]
    [InlineData("consistency", "adapter={\"rank\":2}")]
    [InlineData("matching")]
    public void Run_FromAParent_KilledOnTheWay_EndsWithTheSameBits(params string[] sets)
    {
        string[] all =
        [
            .. TinyRun.From(fixture.Parent), "steps=5",
            .. sets.SelectMany(set => set switch
            {
                "prior" => [$"prior={{\"data\":{{\"kind\":\"folder\",\"folder\":\"{fixture.Run.Folder}/data\",\"size\":16}},\"caption\":\"a square\"}}"],
                "consistency" => TinyRun.Consistency,
                "matching" => TinyRun.Matching,
                _ => [set],
            }),
        ];
        var straight = fixture.Output("straight");
        TrainingRun.Run(fixture.Run.Transformer(straight, all));
        var killed = fixture.Run.Transformer(fixture.Output("killed"), all);
        Assert.True(RecipeProcess.KillAt(killed, 3));
        TrainingRun.Run(killed);
        Assert.Equal(Hashes(straight), Hashes(killed.Output));
    }

    [Fact]
    public void Run_StoppedAndResumedAtEachStep_EndsWithTheSameBits()
    {
        var stopped = fixture.Output("stopped");
        for (var step = 1; step < TinyRun.Steps; step++)
            InterruptedRun.UpTo(step, fixture.Run.Transformer(stopped));
        TrainingRun.Run(fixture.Run.Transformer(stopped));
        Assert.Equal(Hashes(fixture.Straight), Hashes(stopped));
    }

    [Fact]
    public void Run_ManySizesFlipsCropsAndBrokenPictures_StoppedAndResumedEndsWithTheSameBits()
    {
        var data = fixture.Output("many sizes");
        for (var i = 0; i < 7; i++)
        {
            var (width, height) = (i % 3) switch { 0 => (300, 75), 1 => (90, 90), _ => (80, 160) };
            var image = Imaging.Image.Filled(width, height, new((byte)(30 * i), 90, 200));
            for (var p = 0; p < image.Pixels.Length; p += 11) image.Pixels[p] ^= 63;
            image.Save(Path.Combine(data, $"{i}.png"));
            File.WriteAllText(Path.Combine(data, $"{i}.txt"), "a red square, a blue square, a white ground");
        }

        var whole = Imaging.Image.Filled(200, 200, new(9, 99, 199)).Encode(Imaging.ImageFormat.Jpeg);
        File.WriteAllBytes(Path.Combine(data, "cut.jpg"), whole[..(whole.Length / 2)]);
        string[] set =
        [
            $"data={{\"kind\":\"folder\",\"folder\":\"{data}\",\"buckets\":256,\"flip\":true,\"crop\":\"random\",\"shuffleTags\":true,\"keepTags\":0}}",
            "latents.cache=null", "model.patch_size=8",
        ];
        var straight = fixture.Output("straight");
        TrainingRun.Run(fixture.Run.Transformer(straight, set));
        var stopped = fixture.Output("stopped");
        foreach (var step in (int[])[1, 4])
            InterruptedRun.UpTo(step, fixture.Run.Transformer(stopped, set));
        TrainingRun.Run(fixture.Run.Transformer(stopped, set));
        Assert.Equal(Hashes(straight), Hashes(stopped));
    }

    [Fact]
    public void Run_Autoencoder_ResumesWithTheSameBits()
    {
        var straight = fixture.Output("straight");
        TrainingRun.Run(fixture.Run.Autoencoder($"output={straight}"));
        var stopped = fixture.Output("stopped");
        InterruptedRun.UpTo(4, fixture.Run.Autoencoder($"output={stopped}"));
        TrainingRun.Run(fixture.Run.Autoencoder($"output={stopped}"));
        Assert.Equal(Hashes(straight), Hashes(stopped));
    }

    [Fact]
    public void Run_AnotherSeed_EndsWithOtherBits()
    {
        var (one, other) = (fixture.Output("one"), fixture.Output("other"));
        TrainingRun.Run(fixture.Run.Transformer(one, "steps=2"));
        TrainingRun.Run(fixture.Run.Transformer(other, "steps=2", "seed=44"));
        Assert.NotEqual(Hashes(one), Hashes(other));
    }

    /// <summary>SHA-256 of every weight file: result and newest checkpoint.</summary>
    static SortedDictionary<string, string> Hashes(string output)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.GetFiles(output, "*.safetensors", SearchOption.AllDirectories))
            hashes[Path.GetRelativePath(output, file)] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        Assert.Contains(hashes.Keys, name => name.EndsWith("_model.safetensors", StringComparison.Ordinal));
        return hashes;
    }

    public sealed class Fixture : IDisposable
    {
        readonly TemporaryFolder _outputs = new();
        int _count;

        public Fixture()
        {
            Parent = Output("parent");
            TrainingRun.Run(Run.Transformer(Parent, "steps=5"));
            Straight = Output("straight");
            TrainingRun.Run(Run.Transformer(Straight));
        }

        /// <summary>A trained transformer and its text encoder.</summary>
        public string Parent { get; }

        /// <summary>The recipe as it is, from random values, in one go.</summary>
        public string Straight { get; }

        internal TinyRun Run { get; } = new();

        public string Output(string name) => _outputs[$"{_count++}-{name}"];

        public void Dispose()
        {
            Run.Dispose();
            _outputs.Dispose();
        }
    }
}
