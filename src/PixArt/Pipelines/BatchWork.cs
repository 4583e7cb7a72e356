using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>One batch while it is sampled, in one go or expert by expert: its random streams, its latents, and what its sampler remembers.</summary>
sealed class BatchWork : IDisposable
{
    readonly GenerationPlan _plan;
    readonly Generator[] _generators;
    readonly GeneratorNoise _noise;
    readonly BatchStart _start;
    readonly SamplerState? _state;
    readonly NegativeLatents? _negative;
    Tensor? _latents;

    /// <summary>Draws what the batch begins with.</summary>
    /// <param name="plan">What is made.</param>
    /// <param name="pictures">The pictures of the batch.</param>
    /// <param name="device">Where latents are sampled.</param>
    /// <param name="start">The picture that is started from; null: none. Stays the caller's.</param>
    public BatchWork(GenerationPlan plan, PictureToMake[] pictures, Device device, EncodedPicture? start)
    {
        (_plan, Pictures) = (plan, pictures);
        _generators = [.. pictures.Select(picture => new Generator(picture.Seed))];
        _noise = new(_generators);
        _start = BatchStart.Of(plan, pictures, _noise, device, start);
        _state = plan.Steps.Count > 0 ? plan.Sampler.Begin(plan.Steps.Start) : null;
        _negative = plan.Request.Reference is null ? null : new();
    }

    /// <summary>The pictures of the batch.</summary>
    public PictureToMake[] Pictures { get; }

    /// <summary>What the negative half of guidance is shown; null: what the run itself sees.</summary>
    public NegativeLatents? Negative => _negative;

    /// <summary>The latents as far as they are.</summary>
    public Tensor Latents => _latents ?? _start.Latents;

    /// <summary>Takes some steps.</summary>
    /// <param name="steps">The steps that come next.</param>
    /// <param name="denoiser">The models with this batch's conditioning.</param>
    /// <param name="watch">Told of each step.</param>
    /// <param name="preview">Decodes previews; null: there are none.</param>
    /// <param name="cancellation">Ends the work.</param>
    public void Advance(StepRange steps, IDenoiser denoiser, StepWatch watch, Func<Tensor, Tensor>? preview, CancellationToken cancellation)
    {
        using var scope = TensorScope.Begin();
        var next = SamplingLoop.Run(_plan.Sampler, denoiser, Latents, _noise, new()
        {
            Range = steps,
            State = _state,
            Progress = watch,
            ReturnsPrediction = _plan.ReturnsPrediction,
            OnStep = moment =>
            {
                if (preview is not null) watch.Previews = LivePreview.Of(moment.PredictedOriginal, preview, _plan);
                return _start.Kept is { } kept ? Restored(kept, moment) : null;
            },
        }, cancellation);
        _latents?.Dispose();
        _latents = TensorScope.Release(next);
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _latents?.Dispose();
        _state?.Dispose();
        _negative?.Dispose();
        _start.Dispose();
        foreach (var generator in _generators) generator.Dispose();
    }

    // Beside a reference, guidance steers away from the step's own result, as published.
    Tensor Restored(KeptLatents kept, SamplingMoment moment)
    {
        if (moment.NextTimestep is not null) _negative?.Set(_plan.Sampler.ScaleInput(moment.Latents, moment.Index + 1));
        return kept.Restore(moment);
    }
}
