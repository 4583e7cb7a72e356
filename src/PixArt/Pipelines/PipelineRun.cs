using PixArt.Diffusion;
using PixArt.Imaging;
using PixArt.Torch;

namespace PixArt.Pipelines;

/// <summary>One request on its way through the models. Runs on one thread and leaves no tensor behind.</summary>
sealed class PipelineRun(PipelineModels models, GenerationPlan plan, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
{
    readonly Dictionary<string, TextFeatures> _texts = new(StringComparer.Ordinal);
    ConditionedDenoiser? _denoiser;
    EncodedPicture? _picture;
    ControlInput? _control;
    Func<Tensor, Tensor>? _preview;
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
        models.FreeDecoder();
    }

    void Decode(Tensor batch, PictureToMake[] pictures, Action<GeneratedImage> finished)
    {
        using var noGrad = GradMode.Disable();
        progress?.Report(new(PipelineStage.Decoding, pictures[0].Index, plan.Pictures.Count));
        using var scope = TensorScope.Begin();
        var images = ImageTensors.FromTensor(plan.ToRequestedSize(models.Decode(batch, [.. pictures.Select(picture => picture.Seed)], cancellation)));
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
            EncodeControl();
            if (plan.Request.Previews && progress is not null) _preview = models.Preview(cancellation);
            var watch = new StepWatch(progress, _batches.Count, plan.StepCount is null ? null : plan.Steps.Count);
            watch.Begin();
            // Where experts take turns in memory, each does its part of all batches before it goes.
            if (models.Options.Residency >= ModelResidency.OneModel && models.Experts.Count > 1) SampleByExpert(watch, take);
            else SampleByBatch(watch, take);
        }
        finally
        {
            _denoiser?.Dispose();
            _picture?.Dispose();
            _control?.Dispose();
            foreach (var text in _texts.Values) text.Dispose();
            _texts.Clear();
            if (models.Options.Residency != ModelResidency.Everything) models.FreeTransformers();
        }
    }

    void EncodeTexts()
    {
        string[] texts = [.. plan.Pictures.Select(picture => picture.Text).Concat(plan.IsGuided ? [plan.NegativeText] : []).Distinct(StringComparer.Ordinal)];
        progress?.Report(new(PipelineStage.EncodingText, 0, texts.Length));
        foreach (var text in texts)
            if (models.PromptCache?.Find(text, plan.MaxSequenceLength, plan.Captions) is { } known) _texts[text] = known;
        string[] unknown = [.. texts.Where(text => !_texts.ContainsKey(text))];
        if (unknown.Length > 0) Encode(unknown, texts.Length);
        else progress?.Report(new(PipelineStage.EncodingText, texts.Length, texts.Length));
    }

    void Encode(string[] texts, int total)
    {
        var encoder = models.Text.Get(cancellation);
        var next = 0;
        foreach (var some in encoder.Encode(texts, plan.MaxSequenceLength, plan.Captions, cancellation))
        {
            foreach (var features in some) _texts[texts[next++]] = features;
            foreach (var text in texts.AsSpan(next - some.Length, some.Length))
                models.PromptCache?.Add(text, plan.MaxSequenceLength, plan.Captions, _texts[text]);
            progress?.Report(new(PipelineStage.EncodingText, _texts.Count, total));
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

    void EncodeControl()
    {
        if (plan.Request.Control is not { Strength: > 0 } control) return;
        progress?.Report(new(PipelineStage.EncodingPicture, 0, 1));
        _control = models.Control.Encode(control, plan, models, cancellation);
        progress?.Report(new(PipelineStage.EncodingPicture, 1, 1));
    }

    void SampleByBatch(StepWatch watch, Action<Tensor, PictureToMake[]> take)
    {
        foreach (var batch in _batches)
        {
            using var work = Begin(batch);
            work.Advance(plan.Steps, Denoiser(work), watch, _preview, cancellation);
            take(work.Latents, batch);
        }
    }

    void SampleByExpert(StepWatch watch, Action<Tensor, PictureToMake[]> take)
    {
        var works = new List<BatchWork>();
        try
        {
            foreach (var batch in _batches) works.Add(Begin(batch));
            foreach (var steps in PipelineExperts.StepsByExpert(models.Experts, plan.Sampler, plan.Steps))
                foreach (var work in works) work.Advance(steps, Denoiser(work), watch, _preview, cancellation);
            foreach (var work in works) take(work.Latents, work.Pictures);
        }
        finally
        {
            foreach (var work in works) work.Dispose();
        }
    }

    BatchWork Begin(PictureToMake[] batch) => new(plan, batch, models.Options.Device, _picture);

    // Pictures of one prompt share what was computed from it.
    ConditionedDenoiser Denoiser(BatchWork work)
    {
        var conditioning = ConditioningOf(work);
        if (_denoiser?.Conditioning.SameAs(conditioning) == true) return _denoiser;
        _denoiser?.Dispose();
        return _denoiser = new(models.Experts, conditioning, models.Facts.Scheduler.NumTrainTimesteps, models.Transformer);
    }

    Conditioning ConditioningOf(BatchWork work) => new(
        [.. work.Pictures.Select(picture => _texts[picture.Text])],
        plan.IsGuided ? [.. work.Pictures.Select(_ => _texts[plan.NegativeText])] : null,
        plan.GuidanceScale, plan.SampledSize.Height, plan.SampledSize.Width)
    {
        GuidanceRescale = plan.Request.GuidanceRescale ?? 0,
        GuidanceInterval = plan.Request.GuidanceInterval,
        PerturbedAttention = plan.Request.PerturbedAttention,
        Control = _control,
        NegativeLatents = work.Negative,
    };
}
