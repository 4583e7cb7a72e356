using PixArt.Imaging;
using PixArt.Models;
using PixArt.Text;
using PixArt.Torch;
using PixArt.Training.Checkpoints;
using PixArt.Training.Data;
using PixArt.Training.Distillation;
using PixArt.Training.Features;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training;

/// <summary>Trains a PixArtTransformer or an adapter on it, and its text encoder if asked to, on latents and captions; or a ControlNet
/// beside a transformer that stays as it is.</summary>
sealed class TransformerTrainee : ITrainee
{
    const string TextPrefix = "text_encoder.";
    const string FakePrefix = "fake.";
    readonly TransformerRecipe _recipe;
    readonly TransformerParts _parts;
    readonly IDenoisingObjective _objective;
    readonly TrainingNoise _noise;
    readonly TimestepSampler _timesteps;
    readonly BatchOrder _order;
    readonly BatchOrder? _priorOrder;
    readonly ConsistencyDistillation? _consistency;
    readonly DistributionMatching? _matching;

    /// <param name="recipe">What to do.</param>
    /// <param name="parts">Models, tokenizer and data; disposed with this object.</param>
    public TransformerTrainee(TransformerRecipe recipe, TransformerParts parts)
    {
        (_recipe, _parts) = (recipe, parts);
        _objective = recipe.Objective.Build();
        _noise = new(recipe.Objective.Noise ?? new(), recipe.Seed, parts.Share);
        _timesteps = new(recipe.Timesteps, recipe.Objective.Bias);
        _order = new(parts.Latents.Groups, recipe.BatchSize, recipe.Seed);
        if (parts.Prior is { } prior)
            _priorOrder = new(prior.Groups, recipe.BatchSize, new RandomKey(recipe.Seed, RandomPurpose.PriorOrder).Value);
        if (recipe.Consistency is not null) _consistency = new(recipe, parts, _objective.Process);
        if (recipe.DistributionMatching is not null) _matching = new(recipe, parts, _objective.Process);
        var trained = parts.Control?.Parameters ?? parts.Transformer.Parameters;
        if (parts.Adapter is null) trained.RequireGrad(true);
        parts.Teacher?.Parameters.RequireGrad(false);
        var fake = parts.Fake?.Parameters;
        fake?.RequireGrad(true);
        parts.TextEncoder?.Parameters.RequireGrad(recipe.TextEncoder.Train);
        var text = parts.TextEncoder?.Parameters;
        Parameters =
        [
            .. parts.Adapter?.Parameters ?? trained.Names.Select(name => new TrainedTensor(name, trained[name])),
            .. (recipe.TextEncoder.Train ? text!.Names : []).Select(name => new TrainedTensor(TextPrefix + name, text![name])),
            .. (fake?.Names ?? []).Select(name => new TrainedTensor(FakePrefix + name, fake![name])),
        ];
    }

    public IReadOnlyList<TrainedTensor> Parameters { get; }

    Device Device => _parts.Transformer.Parameters.Device;

    public void Averaged(MovingAverage average) => _consistency?.Follow(average);

    public TrainingBatch Prepare(long pass)
    {
        var own = Prepare(pass, _parts.Latents, _order, _recipe.Caption, part: 0);
        if (_priorOrder is null) return own;
        try
        {
            own.Prior = Prepare(pass, _parts.Prior!, _priorOrder, _recipe.Prior!.Caption, part: 1);
            return own;
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    LatentBatch Prepare(long pass, ILatentData data, BatchOrder order, string? caption, int part)
    {
        var samples = _parts.Share.Of(order[pass]);
        using var generator = new RandomKey(_recipe.Seed, RandomPurpose.Posterior, pass, part).Generator();
        var posterior = new BatchNoise(generator, _parts.Share);
        // Latents first: a broken picture is replaced by another, and the caption follows it.
        var latents = data.Read(samples, posterior);
        try
        {
            return new LatentBatch(latents, Captions(samples, data, caption, pass, part), Conditions(data, samples))
            {
                Empty = _consistency is null && _matching is null ? null : EmptyCaptions(samples),
                Control = _parts.Conditions?.Read(samples, posterior),
                Noise = _parts.Noise?.Read(samples, posterior),
                NameOf = (i, timestep) => $"sample {samples[i].Index} ('{caption ?? data.Caption(samples[i].Index, samples[i].Visit)}') at timestep {timestep}",
            };
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
        _parts.Adapter?.Begin(pass);
        var own = (LatentBatch)batch;
        if (_consistency is not null)
            return scope.Keep(_consistency.Loss(own.On(Device), Inputs(own), Inputs(own.Empty!, own.Conditions), pass, statistics));
        if (_matching is not null)
            return scope.Keep(_matching.Loss(own.On(Device), own.Noise?.To(Device), Inputs(own), Inputs(own.Empty!, own.Conditions), pass, statistics));
        var losses = TrainedLosses(own, pass, 0, out var indices);
        statistics.AddBuckets("t", losses, indices, _recipe.Timesteps, i => own.NameOf(i, indices[i]));
        var loss = losses.Mean();
        if (own.Prior is not { } prior) return scope.Keep(loss);
        var kept = TrainedLosses(prior, pass, 1, out _).Mean();
        statistics.AddLater(kept, value => statistics.Add("prior", value[0]));
        return scope.Keep(loss + (kept * _recipe.Prior!.Weight));
    }

    public void Accumulated()
    {
        if (_recipe.DistributionMatching?.MaxGradNorm is not { } most) return;
        foreach (var part in Parameters.GroupBy(p => p.Name.StartsWith(FakePrefix, StringComparison.Ordinal)))
            GradientNorm.Clip([.. part], most);
    }

    public bool WantsHeldOutLoss(long step) => _recipe.HeldOut is { } heldOut && (step % heldOut.EverySteps == 0 || step == _recipe.Steps);

    /// <summary>Timesteps are stratified over the whole schedule and those of the interval count, so that experts and their parent
    /// are measured on the same samples with the same noise.</summary>
    public void HeldOutLoss(LossStatistics statistics)
    {
        using var off = GradMode.Disable();
        _parts.Adapter?.Begin(null);
        var heldOut = _parts.HeldOut!;
        var order = new BatchOrder(heldOut.Groups, _recipe.BatchSize, _recipe.Seed);
        var all = new TimestepSampler(new(0, _objective.Process.Steps));
        // Whole passes are shared out, so that each sees the noise it would see in one process.
        for (var pass = _parts.Share.Rank; pass * _recipe.BatchSize < _recipe.HeldOut!.Samples; pass += _parts.Share.World)
        {
            using var scope = TensorScope.Begin();
            var samples = order[pass];
            var random = new RandomKey(_recipe.Seed, RandomPurpose.HeldOut, pass).Stream();
            var indices = all.Draw(samples.Length, ref random);
            using var posterior = new RandomKey(_recipe.Seed, RandomPurpose.HeldOut, pass, 1).Generator();
            using var noise = new RandomKey(_recipe.Seed, RandomPurpose.HeldOut, pass, 2).Generator(Device);
            using var batch = new LatentBatch(
                heldOut.Read(samples, posterior), CaptionsOf(heldOut, samples, new bool[samples.Length], null), Conditions(heldOut, samples));
            var x0 = batch.On(Device);
            var drawn = Tensor.Randn(x0.Shape, noise, device: Device);
            statistics.AddBuckets("heldOut.t", Losses(batch, x0, new(drawn, drawn), indices), indices, _recipe.Timesteps);
            statistics.Settle();
        }
    }

    public void Export(string folder, long step)
    {
        if (_parts.Adapter is { } adapter)
        {
            var place = Path.Combine(folder, "adapter");
            adapter.Export(place, _recipe.From);
            ExpertInterval.Write(place, _recipe.Timesteps, _recipe.Objective.Target, step, _recipe.Objective.ZeroTerminalSnr);
            return;
        }

        var facts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["step"] = $"{step}",
            ["timesteps"] = $"{_recipe.Timesteps.Low},{_recipe.Timesteps.High}",
            ["prediction"] = _recipe.Objective.Target.ToString(),
            ["parent"] = _recipe.From ?? "",
        };
        if (_parts.Control is { } control)
        {
            facts["edges"] = ((ControlRecipe)_recipe).Edges.ToString();
            ComponentWriter.Write(Path.Combine(folder, "controlnet"), control.Config.ToJson(), ComponentWriter.Diffusers, control.Parameters, facts);
            return;
        }

        ComponentWriter.Write(
            Path.Combine(folder, "transformer"), _parts.Transformer.Config.ToJson(), ComponentWriter.Diffusers,
            _parts.Transformer.Parameters, facts);
        if (_recipe.TextEncoder.Train)
            ComponentWriter.Write(
                Path.Combine(folder, "text_encoder"), _parts.TextEncoder!.Config.ToJson(), ComponentWriter.Transformers,
                _parts.TextEncoder!.Parameters);
        ExpertInterval.Write(Path.Combine(folder, "transformer"), _recipe.Timesteps, _recipe.Objective.Target, step, _recipe.Objective.ZeroTerminalSnr);
    }

    public Image? Sheet()
    {
        var prompts = _recipe.Report.Prompts;
        if (prompts.Count == 0) return null;
        _parts.Adapter?.Begin(null);
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
        var shown = _parts.Peers.Count == 0 ? _recipe.Timesteps : new(0, _objective.Process.Steps);
        var sampler = new IntervalSampler(_objective.Process, shown, _recipe.Objective.Target, _recipe.Report.SampleSteps);
        var there = captions.To(Device);
        var text = EncodeText(there);
        var told = conditions?.To(Device);
        var noise = Tensor.Randn(real.Shape, generator).To(Device);
        var signal = Signal(_parts.Conditions?.Read(samples, posterior));
        var latents = _matching is not null ? _matching.Generate(noise, new(text.Narrow(0, 0, prompts.Count), there.Mask.Narrow(0, 0, prompts.Count), told))
            : _consistency is null ? sampler.Sample(real, noise, (x, t) => Guided(x, t, new(text, there.Mask, told) { Control = signal }))
            : _consistency.Sample(noise, new(text.Narrow(0, 0, prompts.Count), there.Mask.Narrow(0, 0, prompts.Count), told), generator);
        return SampleSheet.Arrange(ImageTensors.FromTensor(_parts.Autoencoder.Decode(_parts.Autoencoder.Unscale(latents))),
            Math.Min(prompts.Count, 8));
    }

    public void Dispose()
    {
        _consistency?.Dispose();
        _parts.Dispose();
    }

    /// <summary>Timesteps of one pass of all processes. They are stratified over all passes of an optimizer step together.</summary>
    internal long[] Timesteps(long pass, int part = 0)
    {
        var random = new RandomKey(_recipe.Seed, RandomPurpose.Timestep, pass / _recipe.Accumulation, part).Stream();
        var all = _timesteps.Draw(_recipe.BatchSize * _recipe.Accumulation, ref random);
        return all.AsSpan((int)(pass % _recipe.Accumulation) * _recipe.BatchSize, _recipe.BatchSize).ToArray();
    }

    // Of a part of a pass: the samples themselves, or those of the class beside them. [B]
    Tensor TrainedLosses(LatentBatch batch, long pass, int part, out long[] indices)
    {
        indices = _parts.Share.Of(Timesteps(pass, part));
        using var scope = TensorScope.Begin();
        var x0 = batch.On(Device);
        return scope.Keep(Losses(batch, x0, _noise.Draw(x0.Shape, Device, pass, part, pass / _recipe.Accumulation), indices));
    }

    // [B]
    Tensor Losses(LatentBatch batch, Tensor x0, DrawnNoise noise, long[] indices)
    {
        using var scope = TensorScope.Begin();
        var noisy = new NoisyBatch(x0, noise.Wanted, _objective.Process.AddNoise(x0, noise.Mixed, indices), indices);
        var prediction = Inputs(batch).Ask(_parts.Transformer, noisy.Xt, Tensor.FromArray(indices, indices.Length).To(Device));
        return scope.Keep(_objective.PerSample(noisy, prediction.To(ScalarType.Float32)));
    }

    DenoiserInputs Inputs(LatentBatch batch) => Inputs(batch.Captions, batch.Conditions) with { Control = Signal(batch.Control) };

    // Its tensor belongs to the scope that is open.
    ControlSignal? Signal(Tensor? condition) => condition is null ? null : _parts.Control!.Encode(_parts.Transformer, condition.To(Device));

    DenoiserInputs Inputs(CaptionBatch captions, PictureConditions? conditions)
    {
        var there = captions.To(Device);
        return new(EncodeText(there), there.Mask, conditions?.To(Device));
    }

    CaptionBatch Captions(SampleVisit[] samples, ILatentData data, string? caption, long pass, int part)
    {
        var random = new RandomKey(_recipe.Seed, RandomPurpose.CaptionDropout, pass, part).Stream();
        var all = new bool[_recipe.BatchSize];
        for (var i = 0; i < all.Length; i++) all[i] = random.NextDouble() < _recipe.CaptionDropout;
        var dropped = _parts.Share.Of(all);
        return _parts.Text is { } stored && part == 0 ? stored.Read(samples, dropped) : CaptionsOf(data, samples, dropped, caption);
    }

    CaptionBatch CaptionsOf(ILatentData data, SampleVisit[] samples, bool[] dropped, string? caption) => CaptionBatch.From(
        [.. samples.Select((sample, i) => dropped[i] ? "" : Prepared(caption ?? data.Caption(sample.Index, sample.Visit)))], _parts.Tokenizer!);

    CaptionBatch EmptyCaptions(SampleVisit[] samples) => _parts.Text is { } stored
        ? stored.Read(samples, [.. samples.Select(_ => true)])
        : CaptionBatch.From([.. samples.Select(_ => "")], _parts.Tokenizer!);

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
    Tensor Guided(Tensor latents, long timestep, DenoiserInputs inputs)
    {
        using var scope = TensorScope.Begin();
        var model = _parts.Peers.FirstOrDefault(peer => peer.Timesteps.Contains(timestep))?.Model ?? _parts.Transformer;
        var output = inputs.Ask(model, Tensor.Cat([latents, latents], 0), Tensor.FromArray([timestep], 1).To(Device));
        var halves = output.Narrow(1, 0, latents.Size(1)).Chunk(2, 0);
        return scope.Keep(halves[1] + ((halves[0] - halves[1]) * _recipe.Report.Guidance));
    }

    sealed class LatentBatch(Tensor latents, CaptionBatch captions, PictureConditions? conditions) : TrainingBatch
    {
        public CaptionBatch Captions => captions;

        public PictureConditions? Conditions => conditions;

        /// <summary>The empty prompt for each sample, where a teacher is guided.</summary>
        public CaptionBatch? Empty { get; init; }

        /// <summary>Latents of what a ControlNet reads beside the samples, where there is one.</summary>
        public Tensor? Control { get; init; }

        /// <summary>The noise that a teacher made the latents from, where a student repeats it.</summary>
        public Tensor? Noise { get; init; }

        /// <summary>Tells a person which sample it is.</summary>
        public Func<int, long, string> NameOf { get; init; } = (i, _) => $"sample {i} of the batch";

        /// <summary>As many samples of the class, where a prior is preserved.</summary>
        public LatentBatch? Prior { get; set; }

        public Tensor On(Device device) => latents.To(device);

        protected override void Dispose(bool disposing)
        {
            latents.Dispose();
            captions.Dispose();
            conditions?.Dispose();
            Empty?.Dispose();
            Control?.Dispose();
            Noise?.Dispose();
            Prior?.Dispose();
        }
    }
}
