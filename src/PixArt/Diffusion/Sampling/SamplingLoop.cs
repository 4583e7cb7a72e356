using PixArt.Torch;

namespace PixArt.Diffusion;

/// <summary>The one loop: asks a denoiser at each timestep of a sampler, or of a part of its list.</summary>
public static class SamplingLoop
{
    /// <summary>Parts of a run whose number of steps is not known.</summary>
    internal const int Hundredths = 100;

    /// <summary>Runs a sampler.</summary>
    /// <param name="sampler">The schedule and the solver.</param>
    /// <param name="denoiser">The model with its conditioning; its gradients are not recorded.</param>
    /// <param name="latents">
    /// Latents at the noise level of the first step, [B, C, H, W]: standard normal noise times
    /// <see cref="ISampler.InitNoiseSigma"/>, the result of another part, or <see cref="ISampler.AddNoise"/>. Not changed.
    /// </param>
    /// <param name="noise">Where stochastic samplers draw.</param>
    /// <param name="options">The part to run, and who watches.</param>
    /// <param name="cancellation">Ends the run between evaluations and, where the model checks, within one.</param>
    /// <returns>The latents after the last step, the caller's to dispose. With no steps to take, a copy of the input.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled; nothing is left behind.</exception>
    public static Tensor Run(
        ISampler sampler,
        IDenoiser denoiser,
        Tensor latents,
        INoiseSource noise,
        SamplingOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new SamplingOptions();
        var range = options.Range ?? StepRange.All(sampler);
        if (range.Start < 0 || range.End > sampler.Timesteps.Count || range.Count < 0)
            throw new InvalidSettingException("step range", $"{range.Start} to {range.End}", $"a part of 0 to {sampler.Timesteps.Count}");
        using var graph = GradMode.Disable();
        var current = TensorScope.Release(latents.Clone());
        var begun = range.Count > 0 && options.State is null ? sampler.Begin(range.Start) : null;
        try
        {
            var state = options.State ?? begun;
            for (var i = range.Start; TimestepOf(i) is { } timestep; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var next = Step(sampler, denoiser, current, noise, state!, i, timestep, i == range.End - 1, options, cancellation);
                current.Dispose();
                current = next;
                options.Progress?.Report(sampler is AdaptiveDpmSolver adaptive
                    ? new((int)(adaptive.Done(state!) * Hundredths), Hundredths, timestep)
                    : new(i - range.Start + 1, range.Count, timestep));
            }

            double? TimestepOf(int i) => sampler is AdaptiveDpmSolver adaptive && state is not null ? adaptive.Next(state)
                : i < range.End ? sampler.Timesteps[i] : null;

            // A handle that belongs to whatever scope the caller has open.
            return current.Detach();
        }
        finally
        {
            current.Dispose();
            begun?.Dispose();
        }
    }

    static Tensor Step(
        ISampler sampler, IDenoiser denoiser, Tensor latents, INoiseSource noise, SamplerState state, int index,
        double timestep, bool last, SamplingOptions options, CancellationToken cancellation)
    {
        using var scope = TensorScope.Begin();
        var output = denoiser.Predict(sampler.ScaleInput(latents, index), timestep, cancellation);
        // After guidance the variance's channels have served, unless the sampler is ancestral with a learned variance.
        if (output.Size(1) == 2 * latents.Size(1) && !sampler.UsesLearnedVariance)
            output = output.Narrow(1, 0, latents.Size(1));
        var (previous, original) = sampler.Step(state, output, index, latents, noise);
        var wantsPrediction = last && sampler is not AdaptiveDpmSolver && (options.ReturnsPrediction ?? (sampler.EndsOnPrediction && index == sampler.Timesteps.Count - 1));
        var result = wantsPrediction ? original : previous;
        if (options.OnStep is { } watch)
        {
            var next = sampler is AdaptiveDpmSolver adaptive ? adaptive.Next(state)
                : index + 1 < sampler.Timesteps.Count ? sampler.Timesteps[index + 1] : (double?)null;
            result = watch(new SamplingMoment(index, timestep, next, result, original)) ?? result;
        }

        return TensorScope.Release(result);
    }
}
