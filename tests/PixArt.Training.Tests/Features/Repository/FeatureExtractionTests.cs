using PixArt.Imaging;
using PixArt.Pipelines;
using PixArt.Torch;
using PixArt.Training.Features.Repository;
using PixArt.Training.Recipes;
using PixArt.Weights;

namespace PixArt.Training.Tests.Features.Repository;

public sealed class FeatureExtractionTests(FeatureExtractionTests.Fixture fixture) : IClassFixture<FeatureExtractionTests.Fixture>
{
    const int Pictures = 12;

    [Theory]
    [InlineData("sigmaMultiScale", "caption_features_new", "img_sdxl_vae_features_256resolution_ms_new", "F16", "I16", 300)]
    [InlineData("alpha", "caption_feature_wmask", "img_vae_features_256resolution/noflip", "F32", "I64", 120)]
    public void Run_ARepositorysLayout_WritesItsArrays(string layout, string text, string latents, string type, string maskType, int tokens)
    {
        using var leak = new LeakCheck();
        var root = fixture.Root();
        FeatureExtraction.Run(fixture.Recipe(root, layout));
        using var archive = NumpyArchive.Open(Path.Combine(root, text, "x_0.npz"));
        var (features, mask) = (archive[FeatureFiles.TextName], archive[FeatureFiles.MaskName]);
        Assert.Equal([1L, tokens, 16], features.Shape);
        Assert.Equal([1L, tokens], mask.Shape);
        Assert.Equal((type, maskType), (features.Type.ToString(), mask.Type.ToString()));
        var real = FeatureFiles.Numbers(mask, "mask").Count(value => value == 1);
        Assert.InRange(real, 2, 20);
        Assert.All(FeatureFiles.Numbers(features, "features").Skip(real * 16), value => Assert.Equal(0, value));

        var array = NumpyFile.Read(Path.Combine(root, latents, "x_0.npy"));
        // 400×100 pixels are the table's 128×512; the square class makes a square of everything.
        Assert.Equal(layout == "alpha" ? [8L, 128, 128] : [8L, 64, 256], array.Shape);
        Assert.All(array.Elements<float>()[(array.Elements<float>().Length / 2)..].ToArray(), deviation => Assert.True(deviation > 0));
        Assert.Equal(Pictures, Directory.GetFiles(Path.Combine(root, latents), "*.npy", SearchOption.AllDirectories).Length);
        Assert.Empty(Directory.GetFiles(root, "*broken*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Run_LatentsAndText_AreTheModels()
    {
        var root = fixture.Root();
        FeatureExtraction.Run(fixture.Recipe(root, "alpha", "batchSize=5"));
        using var scope = TensorScope.Begin();
        using var autoencoder = ModelLoading.Autoencoder(null, fixture.Autoencoder, Device.Cpu, 0);
        var image = Image.Load(Path.Combine(fixture.Data, "InternImgs", "x", "3.png"));
        var side = Math.Min(image.Width, image.Height);
        using var off = GradMode.Disable();
        using var posterior = autoencoder.Encode(ImageTensors.ToTensor(image.CenterCrop(side, side).Resize(256, 256)));
        var stored = NumpyFile.Read(Path.Combine(root, "img_vae_features_256resolution", "noflip", "x_3.npy")).Elements<float>().ToArray();
        // Resizing before and after the crop differs by little; pictures are flat.
        Assert.InRange(Error(posterior.Mean, stored[..(stored.Length / 2)]), 0, 0.02);
        Assert.InRange(Error(posterior.StandardDeviation(), stored[(stored.Length / 2)..]), 0, 0.02);
    }

    [Fact]
    public void Run_Again_ComputesNothingAndOtherSettingsAreRefused()
    {
        var root = fixture.Root();
        FeatureExtraction.Run(fixture.Recipe(root, "sigmaMultiScale"));
        var before = Times(root);
        FeatureExtraction.Run(fixture.Recipe(root, "sigmaMultiScale"));
        Assert.Equal(before, Times(root));
        var error = Assert.Throws<PixArtException>(() => FeatureExtraction.Run(fixture.Recipe(root, "sigmaMultiScale", "data.crop=stretch")));
        Assert.Matches("^the features of '.*pixart-latents-ms-256.json' were made with other settings; remove them, or choose another 'output'. Theirs: .*; these: .*Stretch", error.Message);
        Assert.Throws<PixArtException>(() => FeatureExtraction.Run(fixture.Recipe(root, "sigmaMultiScale", "maxTokens=20")));
    }

    [Fact]
    public void Run_DamagedFiles_AreMadeAgain()
    {
        var root = fixture.Root();
        FeatureExtraction.Run(fixture.Recipe(root, "alpha"));
        var (latents, text) = (new FeaturePaths(FeatureLayout.Alpha, root, 256).Latents("x/1.png"), new FeaturePaths(FeatureLayout.Alpha, root, 256).Text("x/2.png"));
        var kept = Directory.CreateDirectory(fixture.Root()).FullName;
        foreach (var file in (string[])[latents, text])
        {
            File.Copy(file, Path.Combine(kept, Path.GetFileName(file)));
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100]);
        }

        FeatureExtraction.Run(fixture.Recipe(root, "alpha"));
        AssertClose(Path.Combine(kept, Path.GetFileName(latents)), latents);
        AssertClose(Path.Combine(kept, Path.GetFileName(text)), text);
    }

    [Fact]
    public void Run_ByRanks_MakesTheSameFiles()
    {
        var (one, three) = (fixture.Root(), fixture.Root());
        FeatureExtraction.Run(fixture.Recipe(one, "sigmaMultiScale"));
        for (var rank = 2; rank >= 0; rank--) FeatureExtraction.Run(fixture.Recipe(three, "sigmaMultiScale"), rank, 3);
        AssertSame(one, three);
        Assert.Contains("rank is 3", Assert.Throws<InvalidSettingException>(() => FeatureExtraction.Run(fixture.Recipe(one, "sigmaMultiScale"), 3, 3)).Message);
    }

    [Fact]
    public void Run_KilledAgainAndAgain_EndsWithTheFilesOfAnUninterruptedRun()
    {
        var (straight, killed) = (fixture.Root(), fixture.Root());
        FeatureExtraction.Run(fixture.Recipe(straight, "sigmaMultiScale", "batchSize=2"));
        var kills = 0;
        // Killed as soon as a few more files are there: while some are being written, in text and in latents.
        for (var files = 3; KillAt(fixture.Recipe(killed, "sigmaMultiScale", "batchSize=2"), files); files += 9) kills++;
        Assert.InRange(kills, 3, 3 * Pictures);
        AssertSame(straight, killed);
    }

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
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => TrainingRun.Run(fixture.Run.Control(stopped, parent, set), new Listener(made =>
            {
                if (made is StepMade { Step: 3 }) stop.Cancel();
            }), stop.Token));
        }

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
                Prompts = ["a red square"], Width = 256, Height = 256, Steps = 2, GuidanceScale = 3, Latents = Tensor.FromArray(noise.Elements<float>().ToArray(), 1, 4, 128, 128),
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
        FeatureExtraction.Run(fixture.PairRecipe(root, $"textEncoder={fixture.Parent}/text_encoder", $"tokenizer={fixture.Run.Folder}/tokenizer"));
        TinyDecoderFolders.Write(Path.Combine(root, "taesd"), new() { Width = 4, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] });
        var regression = $"{{\"autoencoder\":\"{root}/taesd\",\"vgg\":\"{OwnData.Path("lpips/vgg16.pth")}\",\"lpips\":\"{OwnData.Path("lpips/vgg.pth")}\"}}";
        string[] set =
        [
            .. TinyRun.From(fixture.Parent), .. TinyRun.Matching, $"distributionMatching={{\"regression\":{regression}}}", "model=null", "tokenizer=", "latents.cache=null",
            $"data={{\"kind\":\"dataInfo\",\"folder\":\"{fixture.Data}\"}}", $"features={{\"layout\":\"dmd\",\"root\":\"{root}\"}}", "accumulation=1", "steps=4", "checkpoint.everySteps=2",
        ];
        using var leak = new LeakCheck();
        var straight = fixture.Root();
        TrainingRun.Run(fixture.Run.Transformer(straight, set));
        var metrics = File.ReadAllLines(Path.Combine(straight, "metrics.jsonl"));
        Assert.All(metrics, line => Assert.True(System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("regression").GetDouble() > 0));
        var stopped = fixture.Root();
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => TrainingRun.Run(fixture.Run.Transformer(stopped, set), new Listener(made =>
            {
                if (made is StepMade { Step: 3 }) stop.Cancel();
            }), stop.Token));
        }

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

    [Fact]
    public void Train_OnTheFeatures_NeedsNoTextEncoderAndResumesToTheBit()
    {
        var root = fixture.Root();
        FeatureExtraction.Run(fixture.Recipe(root, "sigmaMultiScale"));
        using var leak = new LeakCheck();
        string[] set =
        [
            $"data={{\"kind\":\"dataInfo\",\"folder\":\"{fixture.Data}\",\"longCaptions\":0.5}}", "latents.cache=null", "tokenizer=", "model.patch_size=8",
            $"features={{\"layout\":\"sigmaMultiScale\",\"root\":\"{root}\",\"resolution\":256}}", "textEncoder={\"model\":null,\"train\":false}",
            "report.samplesEveryMinutes=0", "report.sampleSteps=1", "report.prompts=[\"\"]", "checkpoint.everySteps=2",
        ];
        var straight = fixture.Root();
        var told = new List<string>();
        TrainingRun.Run(fixture.Run.Transformer(straight, set), new Listener(made =>
        {
            if (made is Notice notice) told.Add(notice.Message);
        }));
        Assert.Contains(told, line => line.Contains($"{Pictures} of {Pictures + 1} samples", StringComparison.Ordinal));
        var stopped = fixture.Root();
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => TrainingRun.Run(fixture.Run.Transformer(stopped, set), new Listener(made =>
            {
                if (made is StepMade { Step: 3 }) stop.Cancel();
            }), stop.Token));
        }

        TrainingRun.Run(fixture.Run.Transformer(stopped, set));
        var weights = Path.Combine("transformer", "diffusion_pytorch_model.safetensors");
        Assert.Equal(File.ReadAllBytes(Path.Combine(straight, weights)), File.ReadAllBytes(Path.Combine(stopped, weights)));
        Assert.False(Directory.Exists(Path.Combine(straight, "text_encoder")));
    }

    [Fact]
    public void Fill_ATransformersCacheByRanks_LeavesTrainingNothingToEncode()
    {
        var cache = fixture.Root();
        var recipe = fixture.Run.Transformer(fixture.Root(), "latents.cache=" + cache, "steps=1");
        for (var rank = 0; rank < 2; rank++) FeatureExtraction.Run(recipe, rank, 2);
        var first = Directory.GetFiles(cache, "*.f16", SearchOption.AllDirectories).Select(File.GetLastWriteTimeUtc).ToArray();
        TrainingRun.Run(recipe);
        Assert.Equal(first, Directory.GetFiles(cache, "*.f16", SearchOption.AllDirectories).Select(File.GetLastWriteTimeUtc));
        Assert.NotEmpty(first);
    }

    [Fact]
    public void Train_OnFeaturesThatAreMissingOrOfAnotherWidth_IsTold()
    {
        var root = fixture.Root();
        Directory.CreateDirectory(root);
        string Message(params string[] more) => Assert.ThrowsAny<PixArtException>(() => TrainingRun.Run(fixture.Run.Transformer(fixture.Root(),
        [
            $"data={{\"kind\":\"dataInfo\",\"folder\":\"{fixture.Data}\"}}", "latents.cache=null", "tokenizer=", "model.patch_size=8", "textEncoder={\"model\":null,\"train\":false}",
            $"features={{\"layout\":\"alpha\",\"root\":\"{root}\",\"resolution\":256}}", .. more,
        ]))).Message;
        Assert.StartsWith($"features.root is '{root}', expected a folder with features of the data; {Pictures + 1} without whole features, left out (", Message(), StringComparison.Ordinal);

        FeatureExtraction.Run(fixture.Recipe(root, "alpha"));
        var paths = new FeaturePaths(FeatureLayout.Alpha, root, 256);
        File.Move(paths.NullText(paths.Tokens), paths.NullText(paths.Tokens) + ".away");
        Assert.Equal($"features.nullText is '{paths.NullText(paths.Tokens)}', expected the file of the empty prompt's features", Message());
        File.Move(paths.NullText(paths.Tokens) + ".away", paths.NullText(paths.Tokens));

        for (var i = 1; i < Pictures; i++)
        {
            NumpyArchive.Write(
                paths.Text($"x/{i}.png"),
                [KeyValuePair.Create(FeatureFiles.TextName, NumpyArray.From<float>(new float[24], 1, 3, 8)), KeyValuePair.Create(FeatureFiles.MaskName, NumpyArray.From<short>([1, 1, 1], 1, 3))]);
        }

        Assert.Matches("^.*caption_feature_wmask.*: features of width 8, the first sample's have 16$", Message());
    }

    [Fact]
    public void Train_OnAnEmptyPromptOfAnotherWidth_IsTold()
    {
        var root = fixture.Root();
        FeatureExtraction.Run(fixture.Recipe(root, "alpha"));
        var paths = new FeaturePaths(FeatureLayout.Alpha, root, 256);
        using (new LeakCheck())
        {
            using var narrow = Tensor.Zeros([1, 3, 8]);
            using var mask = Tensor.Ones([1, 3]);
            PixArt.Weights.PyTorch.PickleWriter.Write(
                paths.NullText(paths.Tokens), [TensorToWrite.FromTensor("uncond_prompt_embeds", narrow), TensorToWrite.FromTensor("uncond_prompt_embeds_mask", mask)]);
            var error = Assert.Throws<InvalidSettingException>(() => TrainingRun.Run(fixture.Run.Transformer(fixture.Root(),
            [
                $"data={{\"kind\":\"dataInfo\",\"folder\":\"{fixture.Data}\"}}", "latents.cache=null", "tokenizer=", "model.patch_size=8", "textEncoder={\"model\":null,\"train\":false}",
                $"features={{\"layout\":\"alpha\",\"root\":\"{root}\",\"resolution\":256}}",
            ])));
            Assert.Equal(("features.nullText", paths.NullText(paths.Tokens), "features of width 16, like those of the captions"), (error.Field, error.Value, error.Expected));
        }
    }

    [Fact]
    public void Run_AFullDisk_IsToldWithTheFileAndGoesOnOnceThereIsRoom()
    {
        using var disk = new SmallDisk(8 << 20);
        var recipe = fixture.Recipe(disk["features"], "alpha");
        disk.Fill(free: 200_000);
        var error = Assert.Throws<PixArtException>(() => FeatureExtraction.Run(recipe));
        Assert.StartsWith($"cannot write '{disk["features"]}/", error.Message, StringComparison.Ordinal);
        Assert.Contains("No space left on device", error.Message);
        disk.MakeRoom();
        FeatureExtraction.Run(recipe);
        AssertSame(Whole(), disk["features"]);

        string Whole()
        {
            var root = fixture.Root();
            FeatureExtraction.Run(fixture.Recipe(root, "alpha"));
            return root;
        }
    }

    /// <returns>Whether it was killed; it was not if it came to its end before.</returns>
    static bool KillAt(FeatureRecipe recipe, int files)
    {
        using var child = RecipeProcess.Start(recipe);
        Wait.Until(() => child.HasExited
            || (Directory.Exists(recipe.Output) && Directory.EnumerateFiles(recipe.Output, "*", SearchOption.AllDirectories).Count(IsFeature) >= files));
        var ended = child.HasExited;
        if (!ended) child.Kill();
        child.WaitForExit();
        if (ended) Assert.Equal(0, child.ExitCode);
        return !ended;
    }

    static double Error(Tensor expected, float[] actual) =>
        Close.RelativeError(Array.ConvertAll(expected.ToArray<float>(), v => (double)v), Array.ConvertAll(actual, v => (double)v));

    static bool IsFeature(string path) => Path.GetFileName(path)[0] != '.' && Path.GetExtension(path) is ".npy" or ".npz";

    static Dictionary<string, DateTime> Times(string root) => Directory.GetFiles(root, "*", SearchOption.AllDirectories)
        .ToDictionary(file => Path.GetRelativePath(root, file), File.GetLastWriteTimeUtc, StringComparer.Ordinal);

    static void AssertSame(string expected, string actual)
    {
        string[] Names(string root) => [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file)).Where(file => Path.GetFileName(file)[0] != '.').Order(StringComparer.Ordinal)];
        Assert.Equal(Names(expected), Names(actual), StringComparer.Ordinal);
        foreach (var name in Names(expected)) AssertClose(Path.Combine(expected, name), Path.Combine(actual, name));
    }

    // Sums over a batch may be taken in another order when other samples share it.
    static void AssertClose(string expected, string actual)
    {
        if (Path.GetExtension(expected) is not (".npy" or ".npz"))
        {
            Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(actual));
            return;
        }

        foreach (var (one, other) in Arrays(expected).Zip(Arrays(actual)))
        {
            Assert.Equal(one.Shape, other.Shape);
            Assert.Equal(one.Type, other.Type);
            double[] Doubles(NumpyArray array) => Array.ConvertAll(FeatureFiles.Numbers(array, "array"), v => (double)v);
            Assert.InRange(Close.RelativeError(Doubles(one), Doubles(other)), 0, one.Type == StoredType.F16 ? 1e-3 : 1e-5);
        }
    }

    static NumpyArray[] Arrays(string path)
    {
        if (Path.GetExtension(path) == ".npy") return [NumpyFile.Read(path)];
        using var archive = NumpyArchive.Open(path);
        return archive.Has(FeatureFiles.EdgesName) ? [archive[FeatureFiles.EdgesName]] : [archive[FeatureFiles.TextName], archive[FeatureFiles.MaskName]];
    }

    public sealed class Fixture : IDisposable
    {
        readonly TemporaryFolder _folder = new();
        int _roots;

        public Fixture()
        {
            var records = new List<string>();
            for (var i = 0; i < Pictures; i++)
            {
                var (width, height) = i % 3 == 0 ? (400, 100) : (100, 100 + i);
                Image.Filled(width, height, new((byte)(10 * i), 90, 200)).Save(Path.Combine(Data, "InternImgs", "x", $"{i}.png"));
                records.Add($$"""{"height": {{height}}, "width": {{width}}, "path": "x/{{i}}.png", "prompt": "a red square", "sharegpt4v": "a blue square on a white ground"}""");
            }

            File.WriteAllText(Path.Combine(Data, "InternImgs", "x", "broken.png"), "broken");
            records.Add("""{"height": 100, "width": 100, "path": "x/broken.png", "prompt": ""}""");
            Directory.CreateDirectory(Path.Combine(Data, "InternData"));
            File.WriteAllText(Path.Combine(Data, "InternData", "data_info.json"), $"[{string.Join(",\n", records)}]");
            TrainingRun.Run(Run.Transformer(_folder["parent"], "steps=1"));
            ControlFolders.WriteHed(Hed);
            for (var i = 0; i < 3; i++) Image.Filled(80, 80, new((byte)(80 * i), 90, 200)).Save(Path.Combine(EdgeData, "InternImgs", "x", $"{i}.png"));
            Directory.CreateDirectory(Path.Combine(EdgeData, "InternData"));
            File.WriteAllText(Path.Combine(EdgeData, "InternData", "data_info.json"), $"[{string.Join(",\n", Enumerable.Range(0, 3).Select(i => $$"""{"height": 80, "width": 80, "path": "x/{{i}}.png", "prompt": "a red square"}"""))}]");
        }

        public string Data => _folder["data"];

        public string Hed => _folder["hed.safetensors"];

        /// <summary>Three pictures: HED takes a second for each.</summary>
        public string EdgeData => _folder["edges"];

        public string EdgesRoot
        {
            get
            {
                var root = _folder["edges-root"];
                if (!Directory.Exists(root)) FeatureExtraction.Run(EdgeRecipe(root));
                return root;
            }
        }

        public FeatureRecipe EdgeRecipe(string root) => Recipe(root, "alphaEdges", "hed=" + Hed, "batchSize=1", "data.folder=" + EdgeData);

        public string Parent => _folder["parent"];

        /// <summary>The parent as a model folder.</summary>
        public string Teacher
        {
            get
            {
                var model = _folder["teacher"];
                if (Directory.Exists(model)) return model;
                var parent = _folder["whole-parent"];
                TrainingRun.Run(Run.Transformer(parent, "model.patch_size=8", "steps=1", "interval={\"low\":0,\"high\":1000}"));
                ModelAssembly.Write(
                    new() { Transformers = [$"{parent}/transformer"], TextEncoder = $"{parent}/text_encoder", Tokenizer = $"{Run.Folder}/tokenizer", Autoencoder = Autoencoder }, model);
                return model;
            }
        }

        public FeatureRecipe PairRecipe(string root, params string[] overrides) => (FeatureRecipe)RecipeReader.Parse($$"""
            {
              "kind": "features", "output": "{{root}}", "layout": "dmd", "resolution": 256, "threads": 1, "batchSize": 3,
              "data": { "kind": "dataInfo", "folder": "{{Data}}" }, "teacher": { "model": "{{Teacher}}", "steps": 2, "guidance": 3, "seed": 1 }
            }
            """, overrides);

        public string Autoencoder => Path.Combine(Run.Folder, "autoencoder", "vae");

        internal TinyRun Run { get; } = new();

        public string Root() => _folder[$"root{_roots++}"];

        public FeatureRecipe Recipe(string root, string layout, params string[] overrides) => (FeatureRecipe)RecipeReader.Parse($$"""
            {
              "kind": "features", "output": "{{root}}", "layout": "{{layout}}", "resolution": 256, "threads": 1,
              "data": { "kind": "dataInfo", "folder": "{{Data}}" }, "longCaptions": {{(layout == "sigmaMultiScale" ? "true" : "false")}},
              "autoencoder": "{{Autoencoder}}", "textEncoder": "{{_folder["parent"]}}/text_encoder", "tokenizer": "{{Run.Folder}}/tokenizer"
            }
            """, overrides);

        public void Dispose()
        {
            Run.Dispose();
            _folder.Dispose();
        }
    }
}
