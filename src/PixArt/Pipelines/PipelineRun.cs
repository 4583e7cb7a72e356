using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>One request on its way through the models. Runs on one thread and leaves no tensor behind.</summary>
sealed class PipelineRun(PipelineModels models, GenerationPlan plan, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
{
    readonly Dictionary<string, TextFeatures> _texts = new(StringComparer.Ordinal);
    ConditionedDenoiser? _denoiser;
    readonly IReadOnlyList<PictureToMake[]> _batches = [.. plan.Pictures.Chunk(plan.Request.BatchSize)];

    /// <summary>Makes the pictures and hands each over.</summary>
    public void Pictures(Action<GeneratedImage> finished) => Sampled((batch, pictures) =>
    {
        progress?.Report(new(PipelineStage.Decoding, pictures[0].Index, plan.Pictures.Count));
        using var scope = TensorScope.Begin();
        var autoencoder = models.Autoencoder.Get(cancellation);
        var images = ImageTensors.FromTensor(plan.ToRequestedSize(autoencoder.Decode(autoencoder.Unscale(batch))));
        for (var i = 0; i < images.Length; i++) finished(new(images[i], PictureSettings.Of(models, plan, pictures[i])));
        progress?.Report(new(PipelineStage.Decoding, pictures[^1].Index + 1, plan.Pictures.Count));
    });

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
            for (var i = 0; i < _batches.Count; i++)
            {
                using var latents = Sample(_batches[i], Denoiser(ConditioningOf(_batches[i])), i);
                take(latents, _batches[i]);
            }
        }
        finally
        {
            _denoiser?.Dispose();
            foreach (var text in _texts.Values) text.Dispose();
            _texts.Clear();
        }
    }

    void EncodeTexts()
    {
        string[] texts = [.. plan.Request.Prompts.Concat(plan.IsGuided ? [plan.Request.NegativePrompt] : []).Distinct(StringComparer.Ordinal)];
        progress?.Report(new(PipelineStage.EncodingText, 0, texts.Length));
        var encoder = models.Text.Get(cancellation);
        foreach (var text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            _texts[text] = encoder.Encode(text, plan.MaxSequenceLength, plan.Captions);
            progress?.Report(new(PipelineStage.EncodingText, _texts.Count, texts.Length));
        }
        if (!models.Options.KeepTextEncoder) models.Text.Dispose();
    }

    Conditioning ConditioningOf(PictureToMake[] batch) => new(
        [.. batch.Select(picture => _texts[picture.Prompt])],
        plan.IsGuided ? [.. batch.Select(_ => _texts[plan.Request.NegativePrompt])] : null,
        plan.GuidanceScale, plan.SampledSize.Height, plan.SampledSize.Width);

    // Pictures of one prompt share what was computed from it.
    ConditionedDenoiser Denoiser(Conditioning conditioning)
    {
        if (_denoiser?.Conditioning.SameAs(conditioning) == true) return _denoiser;
        _denoiser?.Dispose();
        return _denoiser = new(models.Experts, conditioning, models.Facts.Scheduler.NumTrainTimesteps);
    }

    Tensor Sample(PictureToMake[] batch, IDenoiser denoiser, int batchesBefore)
    {
        Generator[] generators = [.. batch.Select(picture => new Generator(picture.Seed))];
        try
        {
            var noise = new GeneratorNoise(generators);
            using var start = StartLatents(batch, noise);
            var watch = new StepWatch(progress, batchesBefore, _batches.Count);
            watch.Report(new(0, plan.Steps.Count, 0));
            var options = new SamplingOptions { Range = plan.Steps, Progress = watch, ReturnsPrediction = plan.ReturnsPrediction };
            return SamplingLoop.Run(plan.Sampler, denoiser, start, noise, options, cancellation);
        }
        finally
        {
            foreach (var generator in generators) generator.Dispose();
        }
    }

    // Noise of the seeds, or the caller's latents; either way on the device, in single precision, outside of every scope.
    Tensor StartLatents(PictureToMake[] batch, INoiseSource noise)
    {
        using var scope = TensorScope.Begin();
        var device = models.Options.Device;
        long[] shape = [batch.Length, .. plan.LatentShape];
        if (plan.Request.Latents is { } given)
        {
            var mine = given.Narrow(0, batch[0].Index, batch.Length).To(device, ScalarType.Float32);
            if (plan.Request.DenoisingStart is null) return TensorScope.Release(mine * plan.Sampler.InitNoiseSigma);
            // What the run before drew is drawn again and dropped, so that stochastic samplers go on with fresh noise.
            for (var draws = 0; draws <= plan.Steps.Start; draws++) noise.Draw(shape, ScalarType.Float32, device).Dispose();
            return TensorScope.Release(mine.Clone());
        }
        return TensorScope.Release(noise.Draw(shape, ScalarType.Float32, device) * plan.Sampler.InitNoiseSigma);
    }

    // Counts the steps of all batches as one.
    sealed class StepWatch(IProgress<PipelineProgress>? progress, int batchesBefore, int batches) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) =>
            progress?.Report(new(PipelineStage.Sampling, batchesBefore * value.Total + value.Done, batches * value.Total));
    }
}
