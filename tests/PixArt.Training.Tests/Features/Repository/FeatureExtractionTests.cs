using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Features.Repository;
using PixArt.Training.Recipes;
using PixArt.Weights;
using static PixArt.Training.Tests.Features.Repository.FeatureFolders;

namespace PixArt.Training.Tests.Features.Repository;

public sealed class FeatureExtractionTests(FeatureFixture fixture) : IClassFixture<FeatureFixture>
{
    const int Pictures = FeatureFixture.Pictures;

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
        InterruptedRun.UpTo(3, fixture.Run.Transformer(stopped, set));
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
}
