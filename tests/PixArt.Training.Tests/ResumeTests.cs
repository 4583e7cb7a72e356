using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace PixArt.Training.Tests;

/// <summary>Real models in processes of their own, which are killed without warning.</summary>
public sealed class ResumeTests(ResumeTests.Fixture fixture) : IClassFixture<ResumeTests.Fixture>
{
    const string ChildFolder = "PIXART_TEST_RESUME_FOLDER";
    const string ChildOutput = "PIXART_TEST_RESUME_OUTPUT";
    const string ChildSet = "PIXART_TEST_RESUME_SET";

    [Theory]
    [InlineData("optimizer.kind=adamW")]
    [InlineData("optimizer.kind=muon")]
    public void Run_KilledAtOneStepAfterAnother_EndsWithTheSameBits(string set)
    {
        var straight = fixture.Output("straight");
        TrainingRun.Run(fixture.Run.Transformer(straight, set));
        var killed = fixture.Output("killed");
        var kills = 0;
        // Each child is killed as soon as it tells of the next step: before, while or after it writes that checkpoint.
        for (var step = 2; !RunChild(killed, set, killAtStep: step); step += 2) kills++;

        Assert.InRange(kills, 1, TinyRun.Steps);
        Assert.Equal(Hashes(straight), Hashes(killed));
    }

    [Theory]
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
            .. TinyRun.From(fixture.Parent),
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
        var killed = fixture.Output("killed");
        var joined = string.Join('\n', all);
        Assert.False(RunChild(killed, joined, killAtStep: 3));
        Assert.True(RunChild(killed, joined, killAtStep: TinyRun.Steps + 1));
        Assert.Equal(Hashes(straight), Hashes(killed));
    }

    [Fact]
    public void Run_StoppedAndResumedAtEachStep_EndsWithTheSameBits()
    {
        var straight = fixture.Output("straight");
        TrainingRun.Run(fixture.Run.Transformer(straight));
        var stopped = fixture.Output("stopped");
        for (var step = 1; step < TinyRun.Steps; step++)
        {
            using var stop = new CancellationTokenSource();
            var listener = new Listener(made =>
            {
                if (made is StepMade { Step: var at } && at == step) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => TrainingRun.Run(fixture.Run.Transformer(stopped), listener, stop.Token));
        }

        TrainingRun.Run(fixture.Run.Transformer(stopped));
        Assert.Equal(Hashes(straight), Hashes(stopped));
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
        {
            using var stop = new CancellationTokenSource();
            var listener = new Listener(made =>
            {
                if (made is StepMade { Step: var at } && at == step) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(() => TrainingRun.Run(fixture.Run.Transformer(stopped, set), listener, stop.Token));
        }

        TrainingRun.Run(fixture.Run.Transformer(stopped, set));
        Assert.Equal(Hashes(straight), Hashes(stopped));
    }

    [Fact]
    public void Run_Autoencoder_ResumesWithTheSameBits()
    {
        var straight = fixture.Output("straight");
        TrainingRun.Run(fixture.Run.Autoencoder($"output={straight}"));
        var stopped = fixture.Output("stopped");
        using (var stop = new CancellationTokenSource())
        {
            var listener = new Listener(made =>
            {
                if (made is StepMade { Step: 4 }) stop.Cancel();
            });
            Assert.Throws<OperationCanceledException>(
                () => TrainingRun.Run(fixture.Run.Autoencoder($"output={stopped}"), listener, stop.Token));
        }

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

    /// <summary>Not a test: what a child process does. Idle otherwise.</summary>
    [Fact]
    public void Child()
    {
        if (Environment.GetEnvironmentVariable(ChildFolder) is not { } folder) return;
        using var run = new TinyRun(folder);
        var recipe = run.Transformer(Environment.GetEnvironmentVariable(ChildOutput)!, Environment.GetEnvironmentVariable(ChildSet)!.Split('\n'));
        TrainingRun.Run(recipe, new Listener(made =>
        {
            if (made is StepMade step) File.WriteAllText(recipe.Output + ".step", $"{step.Step}");
        }));
    }

    /// <returns>Whether it came to its end.</returns>
    static bool RunChild(string output, string set, long killAtStep)
    {
        var told = output + ".step";
        File.Delete(told);
        using var child = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "PixArt.Training.Tests"))
        {
            ArgumentList = { "-method", $"{typeof(ResumeTests).FullName}.{nameof(Child)}" },
            Environment =
            {
                [ChildFolder] = s_folder, [ChildOutput] = output, [ChildSet] = set, ["OMP_NUM_THREADS"] = "1",
            },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        _ = child.StandardOutput.ReadToEndAsync();
        while (!child.HasExited)
        {
            if (File.Exists(told) && long.TryParse(File.ReadAllText(told), CultureInfo.InvariantCulture, out var step) && step >= killAtStep)
            {
                child.Kill();
                child.WaitForExit();
                return false;
            }

            Thread.Sleep(1);
        }

        Assert.Equal(0, child.ExitCode);
        return true;
    }

    static string s_folder = "";

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
            s_folder = Run.Folder;
            Parent = Output("parent");
            TrainingRun.Run(Run.Transformer(Parent, "steps=5"));
        }

        /// <summary>A trained transformer and its text encoder.</summary>
        public string Parent { get; }

        internal TinyRun Run { get; } = new();

        public string Output(string name) => _outputs[$"{_count++}-{name}"];

        public void Dispose()
        {
            Run.Dispose();
            _outputs.Dispose();
        }
    }
}
