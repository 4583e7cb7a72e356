using System.Collections.Immutable;
using PixArt.Imaging;
using PixArt.Training.Data.Scenes;

namespace PixArt.Training.Evaluation;

/// <summary>Draws pictures from prompts, in order: whatever is under evaluation.</summary>
/// <param name="prompts">A batch of prompts.</param>
/// <param name="first">Position of the first in the list, to derive seeds from.</param>
/// <param name="cancellation">Ends early.</param>
/// <returns>One RGB picture of <see cref="Scene.Side"/> pixels square per prompt.</returns>
public delegate Task<IReadOnlyList<Image>> PictureSource(IReadOnlyList<string> prompts, int first, CancellationToken cancellation);

/// <summary>Asks for pictures of prompts and marks what a recogniser sees in them.</summary>
/// <param name="recognizer">Marks the pictures; it stays the caller's.</param>
public sealed class SceneEvaluation(SceneRecognizer recognizer)
{
    /// <summary>Prompts of one call of the source, at least 1.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Compares the picture of that place in the list with the edges that it should follow; null: there are none.</summary>
    public Func<int, Image, EdgeOverlap>? Edges { get; init; }

    /// <summary>Marks the pictures of every prompt.</summary>
    /// <param name="prompts">What to ask.</param>
    /// <param name="source">Draws.</param>
    /// <param name="progress">Receives the number of pictures marked so far.</param>
    /// <param name="cancellation">Ends early with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The marks and the pictures, in the order of the prompts.</returns>
    /// <exception cref="InvalidOperationException">The source gave another number of pictures.</exception>
    public async Task<(EvaluationReport Report, IReadOnlyList<Image> Pictures)> RunAsync(
        IReadOnlyList<EvaluationPrompt> prompts, PictureSource source, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var marks = ImmutableArray.CreateBuilder<PictureMark>(prompts.Count);
        var pictures = new List<Image>(prompts.Count);
        foreach (var batch in prompts.Chunk(BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var images = await source([.. batch.Select(prompt => prompt.Text)], pictures.Count, cancellation).ConfigureAwait(false);
            if (images.Count != batch.Length)
                throw new InvalidOperationException($"{images.Count} pictures came back for {batch.Length} prompts");
            marks.AddRange(batch.Zip(recognizer.Recognize(images), (prompt, seen) => new PictureMark(prompt, seen)));
            pictures.AddRange(images);
            progress?.Report(pictures.Count);
        }

        var report = new EvaluationReport(marks.DrainToImmutable(), AutoencoderPsnr: null);
        if (Edges is not null) report = report with { Edges = pictures.Select((picture, i) => Edges(i, picture)).Aggregate((sum, next) => sum + next) };
        return (report, pictures);
    }

    /// <summary>Mean PSNR in dB of an autoencoder's round trip over scenes that training never shows.</summary>
    /// <param name="composer">Draws the scenes.</param>
    /// <param name="autoencoder">Encodes and decodes a batch.</param>
    /// <param name="count">How many scenes, at least 1.</param>
    /// <param name="cancellation">Ends early with an <see cref="OperationCanceledException"/>.</param>
    public static double AutoencoderPsnr(
        SceneComposer composer, Func<IReadOnlyList<Image>, IReadOnlyList<Image>> autoencoder, int count = 64, CancellationToken cancellation = default)
    {
        if (count < 1)
            throw new InvalidSettingException(nameof(count), count, "at least 1");
        const ulong Seed = 0xE7A1;
        var dataset = new SceneDataset(composer, new SceneDistribution(), Seed, SceneSplit.HeldOutPairs);
        var total = 0.0;
        foreach (var batch in Enumerable.Range(0, count).Chunk(8))
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<Image> originals = [.. batch.Select(index => dataset[index].Image)];
            total += originals.Zip(autoencoder(originals), PictureQuality.Psnr).Sum();
        }

        return total / count;
    }
}
