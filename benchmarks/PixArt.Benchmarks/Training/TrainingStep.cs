using System.Diagnostics;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;

namespace PixArt.Benchmarks.Training;

/// <summary>Our side of the comparison: forward, backward and AdamW. Parameters and inputs follow from formulas that the script in
/// benchmarks/pytorch shares, so that the losses can be compared.</summary>
internal static class TrainingStep
{
    public static StepFigures Run(StepShape shape)
    {
        LibTorch.NumThreads = shape.Threads;
        using var generator = new Generator(0);
        using var model = new PixArtTransformer(shape.Config, new(null, initialize: generator));
        Fill(model);
        model.Parameters.RequireGrad(true);
        TrainedTensor[] parameters = [.. model.Parameters.Names.Select(name => new TrainedTensor(name, model.Parameters[name]))];
        using var optimizer = new AdamW(parameters, new() { Epsilon = 1e-10, WeightDecay = 0.03 });
        using var scope = TensorScope.Begin();
        Tensor latents = Filled([shape.Batch, 4, shape.Side, shape.Side], 1001), noise = Filled([shape.Batch, 4, shape.Side, shape.Side], 1002);
        Tensor captions = Filled([shape.Batch, shape.Tokens, shape.Channels], 1003), mask = Tensor.Ones([shape.Batch, shape.Tokens]);
        long[] t = [.. Enumerable.Range(0, shape.Batch).Select(i => ((2L * i) + 1) * 500 / shape.Batch)];
        var objective = new MeanSquareObjective(DiffusionProcess.Linear());
        double[] losses = new double[shape.Steps + 1], seconds = new double[losses.Length];
        for (int step = 0; step < losses.Length; step++)
        {
            var watch = Stopwatch.StartNew();
            using var inside = TensorScope.Begin();
            Tensor prediction = model.Forward(latents, Tensor.FromArray(t, t.Length), captions, mask);
            Tensor loss = objective.PerSample(new(latents, noise, latents, t), prediction).Mean();
            loss.Backward();
            optimizer.Step(1e-6); // small: the losses of untrained weights leap at more, and rounding with them
            foreach (TrainedTensor parameter in parameters) parameter.Value.Grad = null;
            losses[step] = loss.Detach().Item<float>();
            seconds[step] = watch.Elapsed.TotalSeconds;
        }

        return new(LibTorch.Version, parameters.Sum(p => p.Value.Count), losses, seconds[1..], Measure.PeakBytes());
    }

    private static void Fill(PixArtTransformer model)
    {
        using var off = GradMode.Disable();
        foreach ((int index, string name) in model.Parameters.Names.Order(StringComparer.Ordinal).Index())
        {
            using var scope = TensorScope.Begin();
            Tensor parameter = model.Parameters[name];

            // Keeps the scale of activations, so that the loss depends on every parameter.
            double size = parameter.Rank < 2 ? 0.1 : 1.5 / Math.Sqrt(parameter.Count / (double)parameter.Size(0));
            parameter.CopyInPlace(Filled(parameter.Shape, index, size));
        }
    }

    // Sines of running numbers.
    private static Tensor Filled(long[] shape, int index, double size = 1)
    {
        using var scope = TensorScope.Begin();
        long count = shape.Aggregate(1L, (product, side) => product * side);
        return scope.Keep((((Tensor.Arange(0, count) * 0.37) + (double)index).Sin() * size).Reshape(shape));
    }
}
