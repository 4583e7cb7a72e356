using PixArt.Imaging;
using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Data;
using PixArt.Training.Features;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Trains a PixArtTransformer, and its text encoder if asked to, on latents and captions.</summary>
sealed class TransformerTrainee : ITrainee
{
    /// <summary>Timesteps of one bucket of the loss in the metrics.</summary>
    const int BucketSteps = 100;

    const string TextPrefix = "text_encoder.";
    readonly TransformerRecipe _recipe;
    readonly TransformerParts _parts;
    readonly IDenoisingObjective _objective;
    readonly TimestepSampler _timesteps;
    readonly BatchOrder _order;

    /// <param name="recipe">What to do.</param>
    /// <param name="parts">Models, tokenizer and data; disposed with this object.</param>
    public TransformerTrainee(TransformerRecipe recipe, TransformerParts parts)
    {
        (_recipe, _parts) = (recipe, parts);
        _objective = recipe.Objective.Build(DiffusionProcess.Linear());
        _timesteps = new(recipe.Interval.Timesteps, recipe.Objective.Bias);
        _order = new(parts.Latents.Groups, recipe.BatchSize, recipe.Seed);
        parts.Transformer.Parameters.RequireGrad(true);
        parts.TextEncoder?.Parameters.RequireGrad(recipe.TextEncoder.Train);
        var transformer = parts.Transformer.Parameters;
        var text = parts.TextEncoder?.Parameters;
        Parameters =
        [
            .. transformer.Names.Select(name => new TrainedTensor(name, transformer[name])),
            .. (recipe.TextEncoder.Train ? text!.Names : []).Select(name => new TrainedTensor(TextPrefix + name, text![name])),
        ];
    }

    public IReadOnlyList<TrainedTensor> Parameters { get; }

    Device Device => _parts.Transformer.Parameters.Device;

    public TrainingBatch Prepare(long pass)
    {
        var samples = _order[pass];
        using var posterior = new RandomKey(_recipe.Seed, RandomPurpose.Posterior, pass).Generator();
        // Latents first: a broken picture is replaced by another, and the caption follows it.
        var latents = _parts.Latents.Read(samples, posterior);
        try
        {
            return new LatentBatch(latents, Captions(samples, pass), Conditions(_parts.Latents, samples));
        }
        catch
        {
            latents.Dispose();
            throw;
        }
    }

    public Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        var (x0, captions, conditions) = ((LatentBatch)batch).On(Device);
        var indices = Timesteps(pass);
        using var noise = new RandomKey(_recipe.Seed, RandomPurpose.Noise, pass).Generator(Device);
        var losses = Losses(x0, captions, conditions, indices, noise);
        AddBuckets("t", losses, indices, statistics);
        return scope.Keep(losses.Mean());
    }

    public bool WantsHeldOutLoss(long step) => _recipe.HeldOut is { } heldOut && (step % heldOut.EverySteps == 0 || step == _recipe.Steps);

    /// <summary>Timesteps are stratified over the whole schedule and those of the interval count, so that experts and their parent
    /// are measured on the same samples with the same noise.</summary>
    public void HeldOutLoss(LossStatistics statistics)
    {
        using var off = GradMode.Disable();
        var heldOut = _parts.HeldOut!;
        var order = new BatchOrder(heldOut.Groups, _recipe.BatchSize, _recipe.Seed);
        var all = new TimestepSampler(new(0, _objective.Process.Steps));
        for (var pass = 0; pass * _recipe.BatchSize < _recipe.HeldOut!.Samples; pass++)
        {
            using var scope = TensorScope.Begin();
            var samples = order[pass];
            var random = new RandomKey(_recipe.Seed, RandomPurpose.HeldOut, pass).Stream();
            var indices = all.Draw(samples.Length, ref random);
            using var posterior = new RandomKey(_recipe.Seed, RandomPurpose.HeldOut, pass, 1).Generator();
            using var noise = new RandomKey(_recipe.Seed, RandomPurpose.HeldOut, pass, 2).Generator(Device);
            using var batch = new LatentBatch(
                heldOut.Read(samples, posterior), CaptionsOf(heldOut, samples, new bool[samples.Length]), Conditions(heldOut, samples));
            var (x0, captions, conditions) = batch.On(Device);
            AddBuckets("heldOut.t", Losses(x0, captions, conditions, indices, noise), indices, statistics);
        }
    }

    public void Export(string folder, long step)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["step"] = $"{step}",
            ["timesteps"] = $"{_recipe.Interval.Low},{_recipe.Interval.High}",
            ["prediction"] = _recipe.Objective.Target.ToString(),
            ["parent"] = _recipe.From ?? "",
        };
        ComponentWriter.Write(
            Path.Combine(folder, "transformer"), _parts.Transformer.Config.ToJson(), ComponentWriter.Diffusers,
            _parts.Transformer.Parameters, facts);
        if (_recipe.TextEncoder.Train)
            ComponentWriter.Write(
                Path.Combine(folder, "text_encoder"), _parts.TextEncoder!.Config.ToJson(), ComponentWriter.Transformers,
                _parts.TextEncoder!.Parameters);
        ExpertInterval.Write(Path.Combine(folder, "transformer"), _recipe.Interval.Timesteps, _recipe.Objective.Target, step);
    }

    public Image? Sheet()
    {
        var prompts = _recipe.Report.Prompts;
        if (prompts.Count == 0) return null;
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var posterior = new RandomKey(_recipe.Seed, RandomPurpose.Posterior).Generator();
        using var generator = new RandomKey(_recipe.Seed, RandomPurpose.Sample).Generator();
        // Samples of one size. Where there is no text encoder, their own captions are drawn.
        var group = _parts.Latents.Groups[0];
        SampleVisit[] samples = [.. prompts.Select((_, i) => new SampleVisit(group[i % group.Count], 0))];
        var real = _parts.Latents.Read(samples, posterior).To(Device);
        using var captions = SheetCaptions(prompts, samples);
        using var conditions = Conditions(_parts.Latents, samples);
        var sampler = new IntervalSampler(_objective.Process, _recipe.Interval.Timesteps, _recipe.Objective.Target, _recipe.Report.SampleSteps);
        var there = captions.To(Device);
        var text = EncodeText(there);
        var told = conditions?.To(Device);
        var latents = sampler.Sample(
            real, Tensor.Randn(real.Shape, generator).To(Device),
            (x, t) => Guided(x, t, text, there.Mask, told));
        return SampleSheet.Arrange(ImageTensors.FromTensor(_parts.Autoencoder.Decode(_parts.Autoencoder.Unscale(latents))),
            Math.Min(prompts.Count, 8));
    }

    public void Dispose() => _parts.Dispose();

    /// <summary>Timesteps of one pass. They are stratified over all passes of an optimizer step together.</summary>
    internal long[] Timesteps(long pass)
    {
        var random = new RandomKey(_recipe.Seed, RandomPurpose.Timestep, pass / _recipe.Accumulation).Stream();
        var all = _timesteps.Draw(_recipe.BatchSize * _recipe.Accumulation, ref random);
        return all.AsSpan((int)(pass % _recipe.Accumulation) * _recipe.BatchSize, _recipe.BatchSize).ToArray();
    }

    // [B]
    Tensor Losses(Tensor x0, CaptionBatch captions, PictureConditions? conditions, long[] indices, Generator generator)
    {
        using var scope = TensorScope.Begin();
        var noise = Tensor.Randn(x0.Shape, generator, device: Device);
        var noisy = new NoisyBatch(x0, noise, _objective.Process.AddNoise(x0, noise, indices), indices);
        var prediction = _parts.Transformer.Forward(
            noisy.Xt, Tensor.FromArray(indices, indices.Length).To(Device), EncodeText(captions), captions.Mask,
            conditions?.Resolution, conditions?.AspectRatio).To(ScalarType.Float32);
        return scope.Keep(_objective.PerSample(noisy, prediction));
    }

    CaptionBatch Captions(SampleVisit[] samples, long pass)
    {
        var random = new RandomKey(_recipe.Seed, RandomPurpose.CaptionDropout, pass).Stream();
        var dropped = new bool[samples.Length];
        for (var i = 0; i < dropped.Length; i++) dropped[i] = random.NextDouble() < _recipe.CaptionDropout;
        return _parts.Text is { } stored ? stored.Read(samples, dropped) : CaptionsOf(_parts.Latents, samples, dropped);
    }

    CaptionBatch CaptionsOf(ILatentData data, SampleVisit[] samples, bool[] dropped) => CaptionBatch.From(
        [.. samples.Select((sample, i) => dropped[i] ? "" : Prepared(data.Caption(sample.Index, sample.Visit)))], _parts.Tokenizer!);

    // The second half is empty, for guidance.
    CaptionBatch SheetCaptions(IReadOnlyList<string> prompts, SampleVisit[] samples) => _parts.Text is { } stored
        ? stored.Read([.. samples, .. samples], [.. samples.Select(_ => false), .. samples.Select(_ => true)])
        : CaptionBatch.From([.. prompts.Select(Prepared), .. prompts.Select(_ => "")], _parts.Tokenizer!);

    string Prepared(string caption) => _recipe.Data.Captions.Apply(caption);

    PictureConditions? Conditions(ILatentData data, SampleVisit[] samples) => _parts.Transformer.UsesAdditionalConditions
        ? PictureConditions.From([.. samples.Select(sample => data.Shape(sample.Index))])
        : null;

    Tensor EncodeText(CaptionBatch captions)
    {
        if (captions.Features is { } features) return features;
        if (_recipe.TextEncoder.Train) return _parts.TextEncoder!.Forward(captions.Ids!, captions.Mask);
        using var off = GradMode.Disable();
        return _parts.TextEncoder!.Forward(captions.Ids!, captions.Mask);
    }

    /// <summary>Prediction under classifier-free guidance; the second half of the captions is empty.</summary>
    Tensor Guided(Tensor latents, long timestep, Tensor text, Tensor mask, PictureConditions? conditions)
    {
        using var scope = TensorScope.Begin();
        var output = _parts.Transformer.Forward(
            Tensor.Cat([latents, latents], 0), Tensor.FromArray([timestep], 1).To(Device), text, mask, conditions?.Resolution, conditions?.AspectRatio);
        var halves = output.Narrow(1, 0, latents.Size(1)).Chunk(2, 0);
        return scope.Keep(halves[1] + ((halves[0] - halves[1]) * _recipe.Report.Guidance));
    }

    // Of the interval's timesteps, in buckets.
    void AddBuckets(string name, Tensor losses, long[] indices, LossStatistics statistics)
    {
        var values = losses.Detach().Cpu().ToArray<float>();
        for (var i = 0; i < values.Length; i++)
            if (indices[i] >= _recipe.Interval.Low && indices[i] < _recipe.Interval.High)
                statistics.Add($"{name}{indices[i] / BucketSteps * BucketSteps:D3}", values[i]);
    }

    sealed class LatentBatch(Tensor latents, CaptionBatch captions, PictureConditions? conditions) : TrainingBatch
    {
        public (Tensor Latents, CaptionBatch Captions, PictureConditions? Conditions) On(Device device) =>
            (latents.To(device), captions.To(device), conditions?.To(device));

        protected override void Dispose(bool disposing)
        {
            latents.Dispose();
            captions.Dispose();
            conditions?.Dispose();
        }
    }
}
