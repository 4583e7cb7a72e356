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
    readonly SampleOrder _order;

    /// <param name="recipe">What to do.</param>
    /// <param name="parts">Models, tokenizer and data; disposed with this object.</param>
    public TransformerTrainee(TransformerRecipe recipe, TransformerParts parts)
    {
        (_recipe, _parts) = (recipe, parts);
        _objective = recipe.Objective.Build(DiffusionProcess.Linear());
        _timesteps = new(recipe.Interval.Timesteps, recipe.Objective.Bias);
        _order = new(parts.Latents.Count, recipe.Seed);
        parts.Transformer.Parameters.RequireGrad(true);
        parts.TextEncoder.Parameters.RequireGrad(recipe.TextEncoder.Train);
        var transformer = parts.Transformer.Parameters;
        var text = parts.TextEncoder.Parameters;
        Parameters =
        [
            .. transformer.Names.Select(name => new TrainedTensor(name, transformer[name])),
            .. (recipe.TextEncoder.Train ? text.Names : []).Select(name => new TrainedTensor(TextPrefix + name, text[name])),
        ];
    }

    public IReadOnlyList<TrainedTensor> Parameters { get; }

    Device Device => _parts.Transformer.Parameters.Device;

    public TrainingBatch Prepare(long pass)
    {
        var indices = new long[_recipe.BatchSize];
        var captions = new string[_recipe.BatchSize];
        var dropout = new RandomKey(_recipe.Seed, RandomPurpose.CaptionDropout, pass).Stream();
        for (var i = 0; i < indices.Length; i++)
        {
            var (index, epoch) = _order[(pass * _recipe.BatchSize) + i];
            indices[i] = index;
            captions[i] = dropout.NextDouble() < _recipe.CaptionDropout
                ? "" : _recipe.Data.Captions.Apply(_parts.Latents.Caption(index, epoch));
        }

        using var posterior = new RandomKey(_recipe.Seed, RandomPurpose.Posterior, pass).Generator();
        return new LatentBatch(_parts.Latents.Read(indices, posterior), CaptionBatch.From(captions, _parts.Tokenizer));
    }

    public Tensor Loss(TrainingBatch batch, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        var (x0, captions) = ((LatentBatch)batch).On(Device);
        var indices = Timesteps(pass);
        var noisy = Noisy(x0, indices, pass);
        using var timesteps = Tensor.FromArray(indices, indices.Length);
        var prediction = _parts.Transformer.Forward(
            noisy.Xt, timesteps.To(Device), EncodeText(captions), captions.Mask).To(ScalarType.Float32);
        var losses = _objective.PerSample(noisy, prediction);
        AddBuckets(losses, indices, statistics);
        return scope.Keep(losses.Mean());
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
                Path.Combine(folder, "text_encoder"), _parts.TextEncoder.Config.ToJson(), ComponentWriter.Transformers,
                _parts.TextEncoder.Parameters);
        ExpertInterval.Write(Path.Combine(folder, "transformer"), _recipe.Interval.Timesteps, _recipe.Objective.Target, step);
    }

    public Image? Sheet()
    {
        var prompts = _recipe.Report.Prompts;
        if (prompts.Count == 0) return null;
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        using var captions = CaptionBatch.From(
            [.. prompts.Select(prompt => _recipe.Data.Captions.Apply(prompt)), .. prompts.Select(_ => "")], _parts.Tokenizer);
        using var posterior = new RandomKey(_recipe.Seed, RandomPurpose.Posterior).Generator();
        using var generator = new RandomKey(_recipe.Seed, RandomPurpose.Sample).Generator();
        var real = _parts.Latents.Read([.. prompts.Select((_, i) => (long)i % _parts.Latents.Count)], posterior);
        var sampler = new IntervalSampler(_objective.Process, _recipe.Interval.Timesteps, _recipe.Objective.Target, _recipe.Report.SampleSteps);
        var text = EncodeText(new(captions.Ids.To(Device), captions.Mask.To(Device)));
        var mask = captions.Mask.To(Device);
        var latents = sampler.Sample(
            real.To(Device), Tensor.Randn(real.Shape, generator).To(Device),
            (x, t) => Guided(x, t, text, mask));
        return SampleSheet.Arrange(PixelTensors.ToImages(_parts.Autoencoder.Decode(_parts.Autoencoder.Unscale(latents))),
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

    NoisyBatch Noisy(Tensor x0, long[] indices, long pass)
    {
        using var generator = new RandomKey(_recipe.Seed, RandomPurpose.Noise, pass).Generator();
        var noise = Tensor.Randn(x0.Shape, generator).To(Device);
        return new(x0, noise, _objective.Process.AddNoise(x0, noise, indices), indices);
    }

    Tensor EncodeText(CaptionBatch captions)
    {
        if (_recipe.TextEncoder.Train) return _parts.TextEncoder.Forward(captions.Ids, captions.Mask);
        using var off = GradMode.Disable();
        return _parts.TextEncoder.Forward(captions.Ids, captions.Mask);
    }

    /// <summary>Prediction under classifier-free guidance; the second half of the captions is empty.</summary>
    Tensor Guided(Tensor latents, long timestep, Tensor text, Tensor mask)
    {
        using var scope = TensorScope.Begin();
        var output = _parts.Transformer.Forward(
            Tensor.Cat([latents, latents], 0), Tensor.FromArray([timestep], 1).To(Device), text, mask);
        var halves = output.Narrow(1, 0, latents.Size(1)).Chunk(2, 0);
        return scope.Keep(halves[1] + ((halves[0] - halves[1]) * _recipe.Report.Guidance));
    }

    static void AddBuckets(Tensor losses, long[] indices, LossStatistics statistics)
    {
        var values = losses.Detach().Cpu().ToArray<float>();
        for (var i = 0; i < values.Length; i++)
            statistics.Add($"t{indices[i] / BucketSteps * BucketSteps:D3}", values[i]);
    }

    sealed class LatentBatch(Tensor latents, CaptionBatch captions) : TrainingBatch
    {
        public (Tensor Latents, CaptionBatch Captions) On(Device device) =>
            (latents.To(device), new(captions.Ids.To(device), captions.Mask.To(device)));

        protected override void Dispose(bool disposing)
        {
            latents.Dispose();
            captions.Dispose();
        }
    }
}
