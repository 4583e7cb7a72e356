using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Data.Scenes;
using PixArt.Training.Optimization;

namespace PixArt.Training.Evaluation;

/// <summary>Trains a <see cref="SceneRecognizer"/> on drawn scenes of every combination, clean and spoilt: a few minutes on two cores.</summary>
/// <param name="composer">Draws the scenes.</param>
public sealed class RecognizerTraining(SceneComposer composer)
{
    private const double PeakLearningRate = 2e-3;
    private const int WarmUp = 50;

    /// <summary>Optimizer steps, 1 or more.</summary>
    public int Steps { get; init; } = 2400;

    /// <summary>Scenes of a step, 1 or more.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Decides scenes and initial weights.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Encodes and decodes a batch of pictures with the autoencoder under test, or null. Every fourth batch goes through it, so that its
    /// blur costs the recogniser nothing.
    /// </summary>
    public Func<IReadOnlyList<Image>, IReadOnlyList<Image>>? Autoencoder { get; init; }

    /// <summary>Which scenes it learns from; every combination, with many pairs of unequal size, by default.</summary>
    public SceneDistribution Distribution { get; init; } = new() { SingleShare = 0.3, PairShare = 0.4, SizeShare = 0.6 };

    /// <summary>Trains.</summary>
    /// <param name="progress">Receives the loss of each step.</param>
    /// <param name="cancellation">Ends early with an <see cref="OperationCanceledException"/>.</param>
    public SceneRecognizer Run(IProgress<RecognizerProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (Steps < 1)
            throw new InvalidSettingException(nameof(Steps), Steps, "at least 1");
        if (BatchSize < 1)
            throw new InvalidSettingException(nameof(BatchSize), BatchSize, "at least 1");
        var dataset = new SceneDataset(composer, Distribution, Seed, SceneSplit.Everything);
        using var generator = new Generator(Seed);
        var network = new SceneRecognizerNetwork(new ParameterStore(initialize: generator));
        try
        {
            Train(network, dataset, progress, cancellation);
            return new SceneRecognizer(network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private void Train(SceneRecognizerNetwork network, SceneDataset dataset, IProgress<RecognizerProgress>? progress, CancellationToken cancellation)
    {
        var parameters = network.Parameters;
        parameters.RequireGrad(true);
        using var optimizer = new AdamW(parameters.Names.Select(name => new TrainedTensor(name, parameters[name])));
        for (var step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var (pictures, places, settings) = Batch(dataset, step);
            var (placeLogits, settingLogits) = network.Forward(pictures);
            var loss = Functional.CrossEntropy(placeLogits.Flatten(0, 1), places) + 0.3 * Functional.CrossEntropy(settingLogits, settings);
            loss.Backward();
            optimizer.Step(LearningRate(step));
            foreach (var parameter in parameters.Tensors)
                parameter.Grad = null;
            progress?.Report(new RecognizerProgress(step + 1, Steps, loss.Item<float>()));
        }

        parameters.RequireGrad(false);
    }

    private double LearningRate(int step)
    {
        var warm = Math.Min(1, (step + 1.0) / WarmUp);
        return PeakLearningRate * warm * 0.5 * (1 + Math.Cos(Math.PI * step / Steps));
    }

    private (Tensor Pictures, Tensor Places, Tensor Settings) Batch(SceneDataset dataset, int step)
    {
        var samples = Enumerable.Range(0, BatchSize).Select(i => dataset[(long)step * BatchSize + i]).ToArray();
        IReadOnlyList<Image> images = [.. samples.Select(sample => sample.Image)];
        if (Autoencoder is not null && step % 4 == 3)
            images = Autoencoder(images);
        var pictures = Tensor.Empty([BatchSize, 3, Scene.Side, Scene.Side]);
        for (var i = 0; i < BatchSize; i++)
        {
            var random = new SceneRandom(Seed ^ 0xD157, (long)step * BatchSize + i);
            var plane = SceneRecognizer.Plane(pictures, i);
            if (random.Chance(0.2))
                PictureDistortion.Copy(images[i], plane);
            else
                PictureDistortion.Apply(images[i], plane, ref random);
        }

        var places = samples.SelectMany(sample =>
        {
            var (left, centre, right) = SceneClasses.Of(sample.Scene);
            return new long[] { left, centre, right };
        });
        var settings = samples.Select(sample => (long)sample.Scene.Setting.Index);
        return (pictures, Tensor.FromArray(places.ToArray(), 3L * BatchSize), Tensor.FromArray(settings.ToArray(), BatchSize));
    }
}
