using PixArt.Imaging;
using PixArt.TestKit;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Evaluation;
using PixArt.Training.Tests.Data.Scenes;
using PixArt.Weights;

namespace PixArt.Training.Tests.Evaluation;

public sealed class SceneRecognizerTests
{
    private static readonly SceneDistribution Singles = new() { SingleShare = 1, PairShare = 0, SizeShare = 0, HappyFaceShare = 0 };

    [Fact]
    public void Short_training_on_simple_scenes_teaches_settings_and_objects_and_saving_keeps_them()
    {
        using var leak = new LeakCheck();
        using var folder = new TemporaryFolder();
        using (var trained = new RecognizerTraining(DrawnEmojis.Composer) { Steps = 110, BatchSize = 16, Distribution = Singles }.Run())
            trained.Save(folder["recognizer.safetensors"]);
        Assert.InRange(new FileInfo(folder["recognizer.safetensors"]).Length, 1, 3_000_000);

        using var recognizer = SceneRecognizer.Load(folder["recognizer.safetensors"]);
        var dataset = new SceneDataset(DrawnEmojis.Composer, Singles, 1234, SceneSplit.Everything);
        var seen = recognizer.Recognize([.. Enumerable.Range(0, 100).Select(i => dataset[i].Image)]);
        Assert.InRange(seen.Where((scene, i) => scene.Setting == dataset.SceneAt(i).Setting).Count(), 95, 100);

        // Guessing finds 2 of 100; the whole training takes ten times as many steps.
        Assert.InRange(seen.Where((scene, i) => scene.Objects is [var only] && only == dataset.SceneAt(i).Objects[0].Object).Count(), 20, 100);
    }

    [Fact]
    public void The_same_seed_trains_the_same_recognizer()
    {
        static string Train(ulong seed)
        {
            using var folder = new TemporaryFolder();
            using var trained = new RecognizerTraining(DrawnEmojis.Composer) { Steps = 2, BatchSize = 4, Seed = seed }.Run();
            trained.Save(folder["r"]);
            return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["r"])));
        }

        Assert.Equal(Train(1), Train(1), StringComparer.Ordinal);
        Assert.NotEqual(Train(1), Train(2), StringComparer.Ordinal);
    }

    [Fact]
    public void The_autoencoder_sees_every_fourth_batch_and_its_pictures_are_learnt_from()
    {
        var batches = 0;
        IReadOnlyList<Image> Through(IReadOnlyList<Image> images)
        {
            batches++;
            return images;
        }

        using var trained = new RecognizerTraining(DrawnEmojis.Composer) { Steps = 8, BatchSize = 2, Autoencoder = Through }.Run();
        Assert.Equal(2, batches);
    }

    [Fact]
    public void A_picture_of_another_size_is_refused()
    {
        using var recognizer = new RecognizerTraining(DrawnEmojis.Composer) { Steps = 1, BatchSize = 1 }.Run();
        Assert.Equal("image is '64x64x3', expected 128x128 RGB", Assert.Throws<InvalidSettingException>(() => recognizer.Recognize([Image.Filled(64, 64, Rgb.White)])).Message);
    }

    [Fact]
    public void A_recognizer_of_another_vocabulary_is_refused()
    {
        using var leak = new LeakCheck();
        using var folder = new TemporaryFolder();
        string Message(Dictionary<string, string>? metadata)
        {
            SafetensorsWriter.Write(folder["r"], [TensorToWrite.FromBytes("w", StoredType.U8, [0], default)], metadata);
            return Assert.Throws<PixArtException>(() => SceneRecognizer.Load(folder["r"])).Message;
        }

        Assert.StartsWith($"{folder["r"]} knows the vocabulary '2 objects', expected '", Message(new(StringComparer.Ordinal) { ["vocabulary"] = "2 objects" }), StringComparison.Ordinal);
        Assert.Matches("knows the vocabulary 'none', expected '[0-9]+ objects, [0-9]+ settings, [0-9]+ classes': train the recogniser anew$", Message(null));
    }

    [Fact]
    public void A_training_without_steps_or_pictures_is_refused()
    {
        string Message(RecognizerTraining training) => Assert.Throws<InvalidSettingException>(() => training.Run()).Message;
        Assert.Equal("Steps is 0, expected at least 1", Message(new(DrawnEmojis.Composer) { Steps = 0 }));
        Assert.Equal("BatchSize is 0, expected at least 1", Message(new(DrawnEmojis.Composer) { BatchSize = 0 }));
    }

    [Fact]
    public void A_cancelled_training_leaves_no_tensor()
    {
        using var leak = new LeakCheck();
        using var stop = new CancellationTokenSource();
        var progress = new Cancelling(stop);
        Assert.Throws<OperationCanceledException>(() =>
            new RecognizerTraining(DrawnEmojis.Composer) { Steps = 9, BatchSize = 1 }.Run(progress, stop.Token));
    }

    private sealed class Cancelling(CancellationTokenSource stop) : IProgress<RecognizerProgress>
    {
        public void Report(RecognizerProgress value) => stop.Cancel();
    }
}
