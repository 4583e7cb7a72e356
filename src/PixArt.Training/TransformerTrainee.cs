using PixArt.Imaging;
using PixArt.Torch;
using PixArt.Training.Data;
using PixArt.Training.Distillation;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;
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
    readonly TransformerBatches _batches;
    readonly TransformerInputs _inputs;
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
        _batches = new(recipe, parts);
        _inputs = new(parts, recipe.TextEncoder.Train);
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

    public TrainingBatch Prepare(long pass) => _batches.Read(pass);

    public Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        _parts.Adapter?.Begin(pass);
        var own = (LatentBatch)batch;
        if (_consistency is not null)
            return scope.Keep(_consistency.Loss(own.On(Device), _inputs.Of(own), _inputs.Of(own.Empty!, own.Conditions), pass, statistics));
        if (_matching is not null)
            return scope.Keep(_matching.Loss(own.On(Device), own.Noise?.To(Device), _inputs.Of(own), _inputs.Of(own.Empty!, own.Conditions), pass, statistics));
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
            using var batch = _batches.ReadHeldOut(samples, posterior);
            var x0 = batch.On(Device);
            var drawn = Tensor.Randn(x0.Shape, noise, device: Device);
            statistics.AddBuckets("heldOut.t", Losses(batch, x0, new(drawn, drawn), indices), indices, _recipe.Timesteps);
            statistics.Settle();
        }
    }

    public void Export(string folder, long step) => TransformerExport.Write(_recipe, _parts, folder, step);

    public Image? Sheet()
    {
        _parts.Adapter?.Begin(null);
        return new TransformerSheets(_recipe, _parts, _batches, _inputs, _objective.Process).Draw(
            _matching is not null ? (noise, told, _) => _matching.Generate(noise, told)
            : _consistency is not null ? (noise, told, generator) => _consistency.Sample(noise, told, generator) : null);
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
        var prediction = _inputs.Of(batch).Ask(_parts.Transformer, noisy.Xt, Tensor.FromArray(indices, indices.Length).To(Device));
        return scope.Keep(_objective.PerSample(noisy, prediction.To(ScalarType.Float32)));
    }
}
