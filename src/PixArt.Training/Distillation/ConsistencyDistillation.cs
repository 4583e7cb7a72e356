using PixArt.Diffusion;
using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training.Distillation;

/// <summary>Latent consistency distillation (LCM, Luo et al. 2023) as PixArt-δ trains it: the student's answer at a timestep of the
/// grid is drawn to the target's answer at the point that one guided step of the teacher leads to. The teacher is a frozen copy and the
/// target the student's moving average; with an adapter the teacher is the transformer without it and the target the student itself.</summary>
sealed class ConsistencyDistillation : IDisposable
{
    readonly TransformerRecipe _recipe;
    readonly TransformerParts _parts;
    readonly DiffusionProcess _process;
    readonly ConsistencyProcess _grid;
    readonly TimestepSampler _places;
    PixArtTransformer? _target;

    /// <param name="recipe">What to do; its consistency is set.</param>
    /// <param name="parts">The models; they stay their owner's.</param>
    /// <param name="process">The noise schedule.</param>
    public ConsistencyDistillation(TransformerRecipe recipe, TransformerParts parts, DiffusionProcess process)
    {
        (_recipe, _parts, _process) = (recipe, parts, process);
        var steps = recipe.Consistency!.SolverSteps;
        _grid = new(process, steps);
        _places = new(new(0, steps), steps: steps);
    }

    Device Device => _parts.Transformer.Parameters.Device;

    /// <summary>Makes the moving average the target: a transformer over its tensors, which follow the student by themselves.</summary>
    public void Follow(MovingAverage average)
    {
        if (_parts.Adapter is not null) return;
        _target?.Dispose();
        _target = new(_parts.Transformer.Config, new ParameterStore(new SharedTensors(average.State), ScalarType.Float32, Device));
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="x0">Clean latents [B, C, h, w].</param>
    /// <param name="given">The captions.</param>
    /// <param name="empty">The empty prompt, B times.</param>
    /// <param name="pass">The pass, which decides timesteps and noise.</param>
    /// <param name="statistics">Is told the losses by timestep.</param>
    /// <returns>A scalar with its graph.</returns>
    public Tensor Loss(Tensor x0, DenoiserInputs given, DenoiserInputs empty, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        var places = Places(pass);
        var timesteps = Array.ConvertAll(places, place => (long)_grid.Timesteps[(int)place]);
        using var generator = new RandomKey(_recipe.Seed, RandomPurpose.Noise, pass).Generator(Device);
        var noisy = _process.AddNoise(x0, new BatchNoise(generator, _parts.Share).Normal(x0.Shape), timesteps);
        var wanted = Wanted(noisy, timesteps, places, given, empty);
        var answer = Answer(_parts.Transformer, noisy, timesteps, given);
        var losses = ConsistencyProcess.Distance(answer, wanted, _recipe.Consistency!.Huber);
        statistics.AddBuckets("t", losses, timesteps, _recipe.Timesteps);
        return scope.Keep(losses.Mean());
    }

    /// <summary>Pictures' latents in few steps without guidance.</summary>
    /// <param name="noise">Standard normal noise [B, C, h, w].</param>
    /// <param name="given">The captions.</param>
    /// <param name="generator">Draws the noise between steps.</param>
    public Tensor Sample(Tensor noise, DenoiserInputs given, Generator generator)
    {
        var sampler = Samplers.Create(
            new SchedulerConfig { PredictionType = _recipe.Objective.Target.AsType() }.As("lcm"), new() { Steps = Math.Min(_recipe.Report.SampleSteps, _recipe.Consistency!.SolverSteps) });
        return SamplingLoop.Run(sampler, new Student(_parts.Transformer, given), noise, new GeneratorNoise([generator]));
    }

    public void Dispose() => _target?.Dispose();

    // What the target answers where the teacher's step leads.
    Tensor Wanted(Tensor noisy, long[] timesteps, long[] places, DenoiserInputs given, DenoiserInputs empty)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var earlier = TeacherStep(noisy, timesteps, places, given, empty);
        return scope.Keep(Answer(_target ?? _parts.Transformer, earlier, Array.ConvertAll(timesteps, _grid.Earlier), given));
    }

    Tensor TeacherStep(Tensor noisy, long[] timesteps, long[] places, DenoiserInputs given, DenoiserInputs empty)
    {
        using var scope = TensorScope.Begin();
        var teacher = _parts.Teacher ?? _parts.Transformer;
        if (_parts.Adapter is { } adapter) adapter.IsOn = false;
        try
        {
            var (x0, noise) = Split(teacher, noisy, timesteps, given);
            var (plainX0, plainNoise) = Split(teacher, noisy, timesteps, empty);
            var w = _recipe.Consistency!.Guidance;
            return scope.Keep(_grid.Step(x0 + ((x0 - plainX0) * w), noise + ((noise - plainNoise) * w), places));
        }
        finally
        {
            if (_parts.Adapter is { } off) off.IsOn = true;
        }
    }

    Tensor Answer(PixArtTransformer model, Tensor noisy, long[] timesteps, DenoiserInputs given)
    {
        using var scope = TensorScope.Begin();
        return scope.Keep(ConsistencyProcess.Answer(noisy, Split(model, noisy, timesteps, given).X0, timesteps));
    }

    (Tensor X0, Tensor Noise) Split(PixArtTransformer model, Tensor noisy, long[] timesteps, DenoiserInputs given)
    {
        using var scope = TensorScope.Begin();
        var times = Tensor.FromArray(timesteps, timesteps.Length).To(Device);
        var prediction = given.Ask(model, noisy, times).To(ScalarType.Float32).Narrow(1, 0, noisy.Size(1));
        var (x0, noise) = _process.Split(noisy, prediction, timesteps, _recipe.Objective.Target);
        return (scope.Keep(x0), scope.Keep(noise));
    }

    // Places on the grid, stratified over all passes of an optimizer step together.
    long[] Places(long pass)
    {
        var random = new RandomKey(_recipe.Seed, RandomPurpose.Timestep, pass / _recipe.Accumulation).Stream();
        var all = _places.Draw(_recipe.BatchSize * _recipe.Accumulation, ref random);
        return _parts.Share.Of(all.AsSpan((int)(pass % _recipe.Accumulation) * _recipe.BatchSize, _recipe.BatchSize).ToArray());
    }

    sealed class Student(PixArtTransformer model, DenoiserInputs given) : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
        {
            using var scope = TensorScope.Begin();
            return scope.Keep(given.Ask(model, latents, Tensor.Full([1], timestep, device: latents.Device)).To(ScalarType.Float32));
        }
    }
}
