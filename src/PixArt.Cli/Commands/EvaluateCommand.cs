using System.CommandLine;
using System.Globalization;
using PixArt.Cli.Generation;
using PixArt.Cli.Output;
using PixArt.Cli.Rendering;
using PixArt.Pipelines;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Evaluation;
using PixArt.Weights;

namespace PixArt.Cli.Commands;

/// <summary><c>pixart evaluate</c>: how often a model's pictures show what was asked, on prompts that training never showed.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal)
    {
        var options = new EvaluateOptions();
        var command = new Command(
            "evaluate",
            "Measure a model of scenes: draw pictures of held-out prompts, let a recogniser mark objects, settings and sides, and measure the autoencoder.");
        foreach (var option in options.All)
            command.Add(option);
        command.SetAction((parsed, cancellation) => RunAsync(terminal, options.Read(parsed), cancellation));
        return command;
    }

    internal static async Task<int> RunAsync(Terminal terminal, EvaluateSettings settings, CancellationToken cancellation)
    {
        settings.Validate();
        WritableCheck.Throw(settings.InOutput("report.json"));
        var prompts = settings.Prompts();
        var composer = new SceneComposer(EmojiAtlas.Load(settings.Data));
        var model = await ModelLookup.FolderAsync(terminal, "--model", settings.Model, component: null, cancellation).ConfigureAwait(false);
        using var autoencoder = AutoencoderRoundTrip.Load(model);
        if (settings.AutoencoderOnly)
        {
            terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"autoencoder PSNR {Psnr(composer, autoencoder, settings, cancellation):F2} dB"));
            return ExitCode.Success;
        }

        using var pipeline = await PixArtPipeline.LoadAsync(model, settings.Pipeline, progress: null, cancellation).ConfigureAwait(false);
        var source = PipelinePictures.From(pipeline, settings.Request);
        var edges = settings.ControlKind is null ? null
            : new ControlledPictures(composer, [.. EvaluationPrompt.HeldOutScenes(settings.PromptCount, settings.Seed).Select(asked => asked.Scene)]);
        if (edges is not null) source = edges.From(pipeline, settings.Request, settings.ControlKind!.Value, settings.ControlStrength);
        var (report, pictures) = await ProgressView.RunAsync(terminal, async progress =>
        {
            using var recognizer = await RecognizerAsync(settings, composer, progress, cancellation).ConfigureAwait(false);
            var evaluation = new SceneEvaluation(recognizer) { BatchSize = settings.BatchSize, Edges = edges is null ? null : edges.Compare };
            return await evaluation.RunAsync(prompts, source, Count(progress, "pictures", prompts.Count), cancellation).ConfigureAwait(false);
        }).ConfigureAwait(false);

        report = report with { AutoencoderPsnr = Psnr(composer, autoencoder, settings, cancellation), Setup = settings.Describe() };
        AtomicFile.WriteText(settings.InOutput("report.md"), report.ToMarkdown());
        AtomicFile.WriteText(settings.InOutput("report.json"), report.ToJson());
        EvaluationSheet.Draw(report, pictures).Save(settings.InOutput("sheet.png"));
        terminal.Out.Write(report.ToMarkdown().Split("\n\n")[0] + "\n");
        terminal.Error.WriteLine($"written: report.md, report.json and sheet.png in {settings.Output}");
        return ExitCode.Success;
    }

    private static double Psnr(SceneComposer composer, AutoencoderRoundTrip autoencoder, EvaluateSettings settings, CancellationToken cancellation) =>
        SceneEvaluation.AutoencoderPsnr(composer, autoencoder.Apply, settings.AutoencoderScenes, cancellation);

    private static Task<SceneRecognizer> RecognizerAsync(
        EvaluateSettings settings, SceneComposer composer, IProgress<Step> progress, CancellationToken cancellation)
    {
        if (File.Exists(settings.Recognizer) && !settings.Retrain)
            return Task.FromResult(SceneRecognizer.Load(settings.Recognizer));
        WritableCheck.Throw(settings.Recognizer);

        // Training owns its thread: the shell's stays free for Ctrl-C.
        return Task.Factory.StartNew(
            () =>
            {
                using var trained = new RecognizerTraining(composer) { Steps = settings.RecognizerSteps }
                    .Run(new TrainingProgress(progress), cancellation);
                trained.Save(settings.Recognizer);
                return SceneRecognizer.Load(settings.Recognizer);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static CountProgress Count(IProgress<Step> progress, string stage, int total)
    {
        progress.Report(new Step(stage, 0, total));
        return new CountProgress(progress, stage, total);
    }

    private sealed class CountProgress(IProgress<Step> progress, string stage, int total) : IProgress<int>
    {
        public void Report(int value) => progress.Report(new Step(stage, value, total));
    }

    private sealed class TrainingProgress(IProgress<Step> progress) : IProgress<RecognizerProgress>
    {
        public void Report(RecognizerProgress value) => progress.Report(new Step("training the recogniser", value.Step, value.Steps));
    }
}
