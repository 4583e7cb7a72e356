using System.Text.Json;
using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests.Ranks;

/// <summary>Whole runs on several ranks against the same run on one.</summary>
public sealed class RanksRunTests(RanksRunTests.Fixture fixture) : IClassFixture<RanksRunTests.Fixture>
{
    // Every term that a rank could get wrong has a part in these: three passes a step, an average, dropped captions, noise of the
    // posterior, small buckets, a text encoder that trains along. A noise floor under Adam's division keeps gradients that are 0 but
    // for rounding from deciding anything.
    static readonly string[] s_long = ["batchSize=4", "steps=20", "ranks.bucketMegabytes=0.004", "checkpoint.everySteps=null", "optimizer.epsilon=1e-5"];

    [Theory]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void Run_OnSeveralRanks_EndsWhereOneRankEnds(int world, bool sharded)
    {
        var output = fixture.Output("ranks");
        Train(world, output, [.. s_long, $"ranks.shardOptimizer={(sharded ? "true" : "false")}"]);
        AssertClose(fixture.Straight, output);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Run_OnSeparateHosts_EndsWhereOneRankEnds(int world)
    {
        using var hosts = new RankHosts(world);
        var output = fixture.Output("hosts");
        hosts.Train(fixture.Run.Transformer(output, [.. s_long, "ranks.shardOptimizer=true"]));
        AssertClose(fixture.Straight, output);
    }

    [Theory]
    [InlineData("adapter={\"rank\":2,\"dropout\":0.2}")]
    [InlineData("prior")]
    [InlineData("consistency")]
    [InlineData("matching")]
    [InlineData("matching", "ranks.shardOptimizer=true")]
    [InlineData("gradientCheckpointing=true")]
    [InlineData("optimizer.kind=muon", "ranks.shardOptimizer=true")]
    [InlineData("optimizer.kind=scheduleFree", "schedule.kind=constant", "ema=null", "ranks.shardOptimizer=true")]
    public void Run_OtherRecipes_OnTwoRanks_EndWhereOneRankEnds(params string[] sets)
    {
        string[] all =
        [
            .. TinyRun.From(fixture.Parent), "steps=4", "optimizer.epsilon=1e-5", "checkpoint.everySteps=null",
            .. sets.SelectMany(set => set switch
            {
                "prior" => [$"prior={{\"data\":{{\"kind\":\"folder\",\"folder\":\"{fixture.Run.Folder}/data\",\"size\":16}},\"caption\":\"a square\"}}"],
                "consistency" => TinyRun.Consistency,
                "matching" => TinyRun.Matching,
                _ => [set],
            }),
        ];
        var (one, two) = (fixture.Output("one"), fixture.Output("two"));
        Train(1, one, all);
        Train(2, two, all);
        // A student begins as its own target: its first gradients are differences of equal numbers, and their moments mostly rounding.
        AssertClose(one, two, moments: !sets.Contains("consistency", StringComparer.Ordinal));
    }

    [Fact]
    public void Run_Autoencoder_OnTwoRanks_EndsWhereOneRankEnds()
    {
        var (one, two) = (fixture.Output("one"), fixture.Output("two"));
        TrainingRun.Run(fixture.Run.Autoencoder($"output={one}", "optimizer.epsilon=1e-5"));
        RankThreads.Run(2, ranks => TrainingRun.Run(fixture.Run.Autoencoder($"output={two}", "optimizer.epsilon=1e-5"), ranks: ranks));
        AssertClose(one, two);
    }

    [Fact]
    public void Run_ResumedOnOtherNumbersOfRanks_EndsWhereOneRankEnds()
    {
        var output = fixture.Output("changing");
        var stop = new[] { (1, 3L), (4, 9L), (2, 14L), (3, 0L), (1, 20L) };
        foreach (var (world, last) in stop)
        {
            string[] sets = [.. s_long, $"ranks.shardOptimizer={(world == 4 ? "false" : "true")}"];
            if (last == 0)
            {
                // Four samples for three ranks.
                var error = Assert.Throws<InvalidSettingException>(() => Train(world, output, sets));
                Assert.Contains("batchSize is 4, expected a multiple of the 3 processes", error.Message);
            }
            else
            {
                Train(world, output, sets, last);
            }
        }

        AssertClose(fixture.Straight, output);
    }

    [Theory]
    [InlineData("ranks.shardOptimizer=true")]
    // Rounding to bf16 is random: each owner rounds its parameters, and the others take what it has.
    [InlineData("ranks.shardOptimizer=true", "parameters=bf16", "precision=bf16", "optimizer.learningRate=1e-2")]
    [InlineData("parameters=bf16", "precision=bf16", "optimizer.kind=adam8Bit", "optimizer.learningRate=1e-2")]
    [InlineData("matching")]
    public void Run_StoppedOnTwoRanks_AndResumed_GivesTheSameBits(params string[] sets)
    {
        string[] all = sets is ["matching"] ? [.. TinyRun.From(fixture.Parent), .. TinyRun.Matching, "batchSize=4", "steps=4"] : [.. s_long, "steps=6", .. sets];
        var (straight, stopped) = (fixture.Output("straight"), fixture.Output("stopped"));
        Train(2, straight, all);
        Train(2, stopped, all, stopAfter: 3);
        Train(2, stopped, all);
        foreach (var file in (string[])["parameters", "optimizer", "average"])
            Assert.Equal(File.ReadAllBytes(At(straight, file)), File.ReadAllBytes(At(stopped, file)));
    }

    [Fact]
    public void Run_OfAKindThatTrainsInOneProcess_IsRefused()
    {
        var output = fixture.Output("layout");
        var recipe = RecipeReader.Parse($$"""
            { "kind": "layout", "output": "{{output}}", "tokenizer": "{{fixture.Run.Folder}}/tokenizer", "batchSize": 4, "model": { "vocab_size": 64, "d_model": 16, "d_kv": 8, "num_heads": 2, "d_ff": 32, "num_layers": 1 } }
            """);
        var error = Assert.Throws<InvalidSettingException>(() => RankThreads.Run(2, ranks => TrainingRun.Run(recipe, ranks: ranks)));
        Assert.Equal("kind is 'layout', expected a recipe that trains in many processes: this kind trains in one", error.Message);
        Assert.False(Directory.Exists(Path.Combine(output, "checkpoints")));
    }

    [Fact]
    public void Run_Fp16WhereThereAreNoSuchProducts_IsRefusedOnAllRanks()
    {
        if (Autocast.Supports(ScalarType.Float16, Device.Cpu)) Assert.Skip("this libtorch has fp16 products on the CPU");
        var error = Assert.Throws<InvalidSettingException>(() => Train(2, fixture.Output("fp16"), ["precision=fp16", "steps=2"]));
        Assert.Equal(
            $"precision is 'fp16', expected bf16 or fp32: this libtorch ({LibTorch.Version}) has no {ScalarType.Float16} products on cpu", error.Message);
    }

    [Fact]
    public void Join_WhereThePortIsTaken_IsTold()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var error = Assert.Throws<PixArtException>(() => TrainingRanks.Join(new(0, 2, 0, "127.0.0.1", port), CancellationToken.None));
        Assert.StartsWith("rank 0 of 2 did not find the others: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_OnCudaWithoutNccl_IsRefused()
    {
        if (Torch.Distributed.ProcessGroup.HasNccl) Assert.Skip("this build has NCCL");
        var error = Assert.Throws<InvalidSettingException>(() => RankThreads.Run(2, ranks => ranks.Connect(Device.Cuda())));
        Assert.Equal("device is cuda:0, expected cpu with many processes: this build of native/ has no NCCL", error.Message);
    }

    [Fact]
    public void Latest_ACheckpointThatARankDoesNotSee_IsTold()
    {
        var (shared, own) = (fixture.Output("shared"), fixture.Output("own"));
        new CheckpointStore(shared, 1).Save(7, new Dictionary<string, Action<Stream>>(StringComparer.Ordinal) { ["a"] = stream => stream.WriteByte(1) });
        var error = Assert.Throws<PixArtException>(() => RankThreads.Run(2, ranks => new CheckpointStore(ranks.IsFirst ? shared : own, 1).Latest(ranks, warn: null)));
        Assert.Equal("rank 1 does not see the checkpoint 'step-0000007' that rank 0 goes on from: 'output' must lie where all processes see it", error.Message);
    }

    [Fact]
    public void Run_OnTwoRanks_ReportsTheLossOfTheWholeBatch()
    {
        string[] sets = ["batchSize=4", "steps=3", "report.everySteps=2", $"heldOut={{\"data\":{{\"kind\":\"folder\",\"folder\":\"{fixture.Run.Folder}/data\",\"size\":16}},\"samples\":5,\"everySteps\":1}}"];
        var (one, two) = (fixture.Output("one"), fixture.Output("two"));
        Train(1, one, sets);
        Train(2, two, sets);
        var (expected, actual) = (Metrics(one), Metrics(two));
        Assert.Equal(expected.Select(field => field.Name), actual.Select(field => field.Name), StringComparer.Ordinal);
        Assert.Contains(expected, field => field.Name.StartsWith("heldOut.t", StringComparison.Ordinal));
        foreach (var (a, b) in expected.Zip(actual)) Assert.Equal(a.Value, b.Value, 1e-4 * Math.Max(1, Math.Abs(a.Value)));
    }

    [Fact]
    public void Run_ALossThatIsNoNumberOnOneRank_StopsAll()
    {
        var output = fixture.Output("sick");
        var error = Assert.Throws<PixArtException>(() => Train(2, output, ["batchSize=4", "steps=4", "optimizer.learningRate=1e30", "maxGradNorm=null", "schedule.warmupSteps=0"]));
        Assert.Contains("training stopped: at step", error.Message);
        Assert.NotNull(new CheckpointStore(Path.Combine(output, "checkpoints"), 2).Latest());
    }

    void Train(int world, string output, string[] sets, long? stopAfter = null) => RankThreads.Run(world, ranks =>
    {
        using var stop = new CancellationTokenSource();
        var listener = new Listener(made =>
        {
            if (made is StepMade step && step.Step == stopAfter) stop.Cancel();
        });
        try
        {
            TrainingRun.Run(fixture.Run.Transformer(output, sets), listener, stop.Token, ranks);
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
            Assert.Null(ranks.Cause);
        }
    });

    static string At(string output, string file) =>
        Path.Combine(new CheckpointStore(Path.Combine(output, "checkpoints"), 2).Latest()!.Folder, file + ".safetensors");

    // Names and values of all lines, but for what time decides.
    static List<(string Name, double Value)> Metrics(string output) =>
    [
        .. File.ReadLines(Path.Combine(output, "metrics.jsonl"))
            .SelectMany(line => JsonDocument.Parse(line).RootElement.EnumerateObject().Select(field => (field.Name, field.Value.GetDouble())))
            .Where(field => field.Name is not ("samplesPerSecond" or "seconds")),
    ];

    static void AssertClose(string expected, string actual, bool moments = true)
    {
        foreach (var file in (string[])["parameters", "optimizer", "average"])
        {
            if (!File.Exists(At(expected, file)) || (!moments && file.StartsWith('o'))) continue;
            using var one = SafetensorsFile.Open(At(expected, file));
            using var other = SafetensorsFile.Open(At(actual, file));
            Assert.Equal(one.Tensors.Keys.Order(StringComparer.Ordinal), other.Tensors.Keys.Order(StringComparer.Ordinal));
            double difference = 0, norm = 0;
            foreach (var name in one.Tensors.Keys)
            {
                var (a, b) = (Floats(one, name), Floats(other, name));
                for (var i = 0; i < a.Length; i++)
                {
                    difference += (a[i] - b[i]) * (a[i] - b[i]);
                    norm += a[i] * a[i];
                }
            }

            // Moments of a gradient that is rounded otherwise differ by more than the weights that they move.
            Assert.InRange(Math.Sqrt(difference / norm), 0, file.StartsWith('o') ? 1e-5 : 1e-6);
        }
    }

    static double[] Floats(SafetensorsFile file, string name)
    {
        using var scope = TensorScope.Begin();
        var stored = file[name];
        return Tensor.FromSpan(file.Bytes(name), stored.Type.ToScalarType()!.Value, [.. stored.Shape]).To(ScalarType.Float64).ToArray<double>();
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
            TrainingRun.Run(Run.Transformer(Straight, s_long));
        }

        /// <summary>A trained transformer and its text encoder.</summary>
        public string Parent { get; }

        /// <summary>The long run on one rank.</summary>
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
