using PixArt.Imaging;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Evaluation;
using PixArt.Training.Tests.Data.Scenes;

namespace PixArt.Training.Tests.Evaluation;

public sealed class SceneEvaluationTests
{
    [Fact]
    public async Task Every_prompt_is_asked_once_in_order_and_marked()
    {
        using var recognizer = new RecognizerTraining(DrawnEmojis.Composer) { Steps = 1, BatchSize = 1 }.Run();
        var prompts = EvaluationPrompt.HeldOutList(7);
        var dataset = new SceneDataset(DrawnEmojis.Composer, new(), 1);
        var asked = new List<string>();
        var (report, pictures) = await new SceneEvaluation(recognizer) { BatchSize = 3 }.RunAsync(prompts, (texts, first, _) =>
        {
            Assert.Equal(asked.Count, first);
            asked.AddRange(texts);
            return Task.FromResult<IReadOnlyList<Image>>([.. texts.Select((_, i) => dataset[first + i].Image)]);
        });
        Assert.Equal(prompts.Select(prompt => prompt.Text), asked, StringComparer.Ordinal);
        Assert.Equal(7, report.Marks.Length);
        Assert.Equal(dataset[6].Image.Pixels, pictures[6].Pixels);
    }

    [Fact]
    public async Task A_source_that_gives_too_few_pictures_is_an_error()
    {
        using var recognizer = new RecognizerTraining(DrawnEmojis.Composer) { Steps = 1, BatchSize = 1 }.Run();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new SceneEvaluation(recognizer).RunAsync(EvaluationPrompt.HeldOutList(2), (_, _, _) => Task.FromResult<IReadOnlyList<Image>>([])));
        Assert.Equal("0 pictures came back for 2 prompts", error.Message);
    }

    [Fact]
    public void An_autoencoder_measured_on_nothing_is_refused() => Assert.Equal(
        "count is 0, expected at least 1", Assert.Throws<InvalidSettingException>(() => SceneEvaluation.AutoencoderPsnr(DrawnEmojis.Composer, images => images, count: 0)).Message);

    [Fact]
    public async Task A_model_of_pictures_of_another_size_is_refused()
    {
        using var pipeline = await PixArt.Pipelines.PixArtPipeline.LoadAsync(OwnData.Path("goldens/pipelines/tiny_alpha_folder"));
        var error = Assert.Throws<InvalidSettingException>(() => PipelinePictures.From(pipeline, new() { Prompts = ["a fox"] }));
        Assert.Equal(("model", $"{pipeline.Folder}, which makes pictures of {pipeline.NativeSide} px,", "one trained on scenes of 128 px"), (error.Field, error.Value, error.Expected));
    }

    [Fact]
    public void The_autoencoder_is_measured_on_scenes_that_training_never_shows()
    {
        var psnr = SceneEvaluation.AutoencoderPsnr(DrawnEmojis.Composer, images => [.. images.Select(image =>
        {
            var pixels = image.Pixels.Select(sample => (byte)(sample ^ 4)).ToArray();
            return new Image(image.Width, image.Height, 3, pixels);
        })], count: 9);
        Assert.Equal(20 * Math.Log10(255 / 4.0), psnr, 1e-9);
    }
}
