using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>One request on its way through the models. Runs on one thread and leaves no tensor behind.</summary>
sealed class PipelineRun(PipelineModels models, GenerationPlan plan, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
{
    readonly Dictionary<string, TextFeatures> _texts = new(StringComparer.Ordinal);
    readonly NegativeLatents _negative = new();
    ConditionedDenoiser? _denoiser;
    EncodedPicture? _picture;
    LatentColors? _colors;
    readonly IReadOnlyList<PictureToMake[]> _batches = [.. plan.Pictures.Chunk(plan.Request.BatchSize)];

    /// <summary>Makes the pictures and hands each over.</summary>
    public void Pictures(Action<GeneratedImage> finished)
    {
        if (models.Options.Residency == ModelResidency.Everything)
        {
            Sampled((latents, pictures) => Decode(latents, pictures, finished));
            return;
        }
        using var all = new LatentsOfBatches();
        Sampled((latents, pictures) => all.Add(latents, pictures));
        foreach (var (latents, pictures) in all) Decode(latents, pictures, finished);
        models.FreeAutoencoder();
    }

    void Decode(Tensor batch, PictureToMake[] pictures, Action<GeneratedImage> finished)
    {
        using var noGrad = GradMode.Disable();
        progress?.Report(new(PipelineStage.Decoding, pictures[0].Index, plan.Pictures.Count));
        using var scope = TensorScope.Begin();
        var autoencoder = models.Autoencoder.Get(cancellation);
        var images = ImageTensors.FromTensor(plan.ToRequestedSize(autoencoder.Decode(autoencoder.Unscale(batch))));
        for (var i = 0; i < images.Length; i++) finished(new(images[i], PictureSettings.Of(models, plan, pictures[i])));
        progress?.Report(new(PipelineStage.Decoding, pictures[^1].Index + 1, plan.Pictures.Count));
    }

    /// <summary>Samples, and gives all latents, outside of every scope.</summary>
    public Tensor Latents()
    {
        using var scope = TensorScope.Begin();
        var all = new List<Tensor>();
        Sampled((batch, _) => all.Add(batch.Clone()));
        return TensorScope.Release(Tensor.Cat([.. all]));
    }

    void Sampled(Action<Tensor, PictureToMake[]> take)
    {
        using var noGrad = GradMode.Disable();
        try
        {
            EncodeTexts();
            EncodePicture();
            if (plan.Request.Previews && progress is not null) _colors = models.Colors(cancellation);
            for (var i = 0; i < _batches.Count; i++)
            {
                using var latents = Sample(_batches[i], Denoiser(ConditioningOf(_batches[i])), i);
                take(latents, _batches[i]);
            }
        }
        finally
        {
            _denoiser?.Dispose();
            _picture?.Dispose();
            _negative.Dispose();
            foreach (var text in _texts.Values) text.Dispose();
            _texts.Clear();
            if (models.Options.Residency != ModelResidency.Everything) models.FreeTransformers();
        }
    }

    void EncodeTexts()
    {
        string[] texts = [.. plan.Pictures.Select(picture => picture.Text).Concat(plan.IsGuided ? [plan.NegativeText] : []).Distinct(StringComparer.Ordinal)];
        progress?.Report(new(PipelineStage.EncodingText, 0, texts.Length));
        var encoder = models.Text.Get(cancellation);
        foreach (var some in encoder.Encode(texts, plan.MaxSequenceLength, plan.Captions, cancellation))
        {
            foreach (var features in some) _texts[texts[_texts.Count]] = features;
            progress?.Report(new(PipelineStage.EncodingText, _texts.Count, texts.Length));
        }
        if (models.Options.Residency != ModelResidency.Everything) models.FreeTextEncoder();
    }

    void EncodePicture()
    {
        if (!plan.NeedsPicture) return;
        progress?.Report(new(PipelineStage.EncodingPicture, 0, 1));
        _picture = EncodedPicture.Of(models.Autoencoder.Get(cancellation), plan, models.Options.Device);
        progress?.Report(new(PipelineStage.EncodingPicture, 1, 1));
        if (models.Options.Residency != ModelResidency.Everything) models.FreeAutoencoder();
    }

    Conditioning ConditioningOf(PictureToMake[] batch) => new(
        [.. batch.Select(picture => _texts[picture.Text])],
        plan.IsGuided ? [.. batch.Select(_ => _texts[plan.NegativeText])] : null,
        plan.GuidanceScale, plan.SampledSize.Height, plan.SampledSize.Width)
    {
        GuidanceRescale = plan.Request.GuidanceRescale ?? 0,
        GuidanceInterval = plan.Request.GuidanceInterval,
        PerturbedAttention = plan.Request.PerturbedAttention,
        NegativeLatents = plan.Request.Reference is null ? null : _negative,
    };

    // Pictures of one prompt share what was computed from it.
    ConditionedDenoiser Denoiser(Conditioning conditioning)
    {
        if (_denoiser?.Conditioning.SameAs(conditioning) == true) return _denoiser;
        _denoiser?.Dispose();
        return _denoiser = new(models.Experts, conditioning, models.Facts.Scheduler.NumTrainTimesteps, models.Transformer);
    }

    Tensor Sample(PictureToMake[] batch, IDenoiser denoiser, int batchesBefore)
    {
        Generator[] generators = [.. batch.Select(picture => new Generator(picture.Seed))];
        try
        {
            var noise = new GeneratorNoise(generators);
            using var start = BatchStart.Of(plan, batch, noise, models.Options.Device, _picture);
            var watch = new StepWatch(progress, batchesBefore, _batches.Count);
            watch.Report(new(0, plan.Steps.Count, 0));
            _negative.Set(null);
            var options = new SamplingOptions
            {
                Range = plan.Steps,
                Progress = watch,
                ReturnsPrediction = plan.ReturnsPrediction,
                OnStep = moment =>
                {
                    if (_colors is not null) watch.Previews = LivePreview.Of(moment.PredictedOriginal, _colors, plan);
                    return start.Kept is { } kept ? Restored(kept, moment) : null;
                },
            };
            return SamplingLoop.Run(plan.Sampler, denoiser, start.Latents, noise, options, cancellation);
        }
        finally
        {
            foreach (var generator in generators) generator.Dispose();
        }
    }

    // Beside a reference, guidance steers away from the step's own result, as published.
    Tensor Restored(KeptLatents kept, SamplingMoment moment)
    {
        if (plan.Request.Reference is not null && moment.NextTimestep is not null)
            _negative.Set(plan.Sampler.ScaleInput(moment.Latents, moment.Index + 1));
        return kept.Restore(moment);
    }

    // Counts the steps of all batches as one.
    sealed class StepWatch(IProgress<PipelineProgress>? progress, int batchesBefore, int batches) : IProgress<SamplingProgress>
    {
        /// <summary>What goes along with the next report.</summary>
        public IReadOnlyList<Image> Previews { get; set; } = [];

        public void Report(SamplingProgress value) => progress?.Report(
            new(PipelineStage.Sampling, batchesBefore * value.Total + value.Done, batches * value.Total) { Previews = Previews });
    }
}
