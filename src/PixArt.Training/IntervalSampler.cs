using PixArt.Diffusion;
using PixArt.Torch;
using PixArt.Training.Objectives;

namespace PixArt.Training;

/// <summary>Shows what a model has learned on its own timesteps, without the other experts: DDIM from the noisy end of the
/// interval to its clean end. Where the interval does not begin at pure noise, it starts from noised real latents; what it
/// gives is the last prediction of the clean latents.</summary>
sealed class IntervalSampler(DiffusionProcess process, TimestepInterval interval, PredictionTarget target, int steps)
{
    /// <summary>Samples.</summary>
    /// <param name="real">Clean latents [B, C, h, w] to start from inside the schedule.</param>
    /// <param name="noise">Noise of the same shape.</param>
    /// <param name="denoise">Latents and timestep to the model's prediction of that shape.</param>
    public Tensor Sample(Tensor real, Tensor noise, Func<Tensor, long, Tensor> denoise)
    {
        using var scope = TensorScope.Begin();
        var count = Math.Min(steps, interval.Count);
        var start = (long)interval.High - 1;
        var x = start == process.Steps - 1 ? noise : process.AddNoise(real, noise, Repeat(start, real));
        for (var i = 0; ; i++)
        {
            using var step = TensorScope.Begin();
            var t = start - ((long)i * interval.Count / count);
            var (x0, epsilon) = process.Split(x, denoise(x, t), Repeat(t, x), target);
            if (i == count - 1) return scope.Keep(step.Keep(x0));
            var next = start - ((long)(i + 1) * interval.Count / count);
            x = step.Keep(process.AddNoise(x0, epsilon, Repeat(next, x)));
        }
    }

    static long[] Repeat(long t, Tensor like) => [.. Enumerable.Repeat(t, (int)like.Size(0))];
}
