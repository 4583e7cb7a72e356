using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training.Distillation;

/// <summary>Distribution matching distillation (DMD, Yin et al. 2023) as PixArt trains it: the generator makes clean latents out of noise in one step; where
/// they are noised again, a frozen teacher and a model of the generator's own pictures say in which direction either would move them, and the difference is
/// the generator's gradient. That model learns to denoise the generator's pictures meanwhile. With a regression the noise is a teacher's, whose picture of it
/// the generator's shall look like.</summary>
sealed class DistributionMatching
{
    const double Smallest = 1e-5;
    readonly TransformerRecipe _recipe;
    readonly TransformerParts _parts;
    readonly DiffusionProcess _process;

    // Timesteps 1..998, as the script draws them.
    readonly TimestepSampler _timesteps = new(new(1, 999));

    /// <param name="recipe">What to do; its distribution matching is set.</param>
    /// <param name="parts">The models; they stay their owner's.</param>
    /// <param name="process">The noise schedule.</param>
    public DistributionMatching(TransformerRecipe recipe, TransformerParts parts, DiffusionProcess process) =>
        (_recipe, _parts, _process) = (recipe, parts, process);

    DistributionMatchingRecipe Settings => _recipe.DistributionMatching!;

    PixArtTransformer Generator => _parts.Transformer;

    PixArtTransformer Fake => _parts.Fake!;

    Device Device => Generator.Parameters.Device;

    /// <summary>The loss of a pass: the generator's, whose value says nothing of quality, and the loss of the model of its pictures. Their graphs have
    /// no parameter in common.</summary>
    /// <param name="like">Latents [B, C, h, w] of the size that is generated; with <paramref name="from"/> a teacher's, else their values are not looked at.</param>
    /// <param name="from">The noise that the teacher made them from; null: it is drawn.</param>
    /// <param name="given">The captions.</param>
    /// <param name="empty">The empty prompt, B times.</param>
    /// <param name="pass">The pass, which decides timesteps and noise.</param>
    /// <param name="statistics">Is told both.</param>
    /// <returns>A scalar with its graph.</returns>
    public Tensor Loss(Tensor like, Tensor? from, DenoiserInputs given, DenoiserInputs empty, long pass, LossStatistics statistics)
    {
        using var scope = TensorScope.Begin();
        var made = Generate(from ?? Noise(like, pass, part: 0), given);
        var matching = Matching(made, Draw(pass, part: 0), Noise(like, pass, part: 1), given, empty);
        var fake = FakeLoss(made.Detach(), Draw(pass, part: 1), Noise(like, pass, part: 2), given);
        statistics.AddLater(matching, value => statistics.Add("matching", value[0]));
        statistics.AddLater(fake, value => statistics.Add("fake", value[0]));
        var loss = matching + fake;
        return scope.Keep(_parts.Regression is not null && Regression(made, like, statistics) is { } regression ? loss + regression : loss);
    }

    /// <summary>How different the first of a batch look from what the teacher made of the same noise, in proportion to this process's part of them; null
    /// where it has none.</summary>
    Tensor? Regression(Tensor made, Tensor wanted, LossStatistics statistics)
    {
        var recipe = Settings.Regression!;
        var (share, compared) = (_parts.Share, recipe.Of(_recipe.BatchSize));
        var own = Math.Clamp(compared - (share.Rank * made.Size(0)), 0, made.Size(0));
        if (own == 0) return null;
        using var scope = TensorScope.Begin();
        var apart = _parts.Regression!.Between(made.Narrow(0, 0, own), wanted.Narrow(0, 0, own));
        statistics.AddLater(apart.Mean(), value => statistics.Add("regression", value[0]));
        // The mean over all processes is what counts.
        return scope.Keep(apart.Sum() * (recipe.Weight * share.World / compared));
    }

    /// <summary>Clean latents in one step.</summary>
    /// <param name="noise">Standard normal noise [B, C, h, w].</param>
    /// <param name="given">The captions.</param>
    public Tensor Generate(Tensor noise, DenoiserInputs given)
    {
        using var scope = TensorScope.Begin();
        long[] timesteps = [.. Enumerable.Repeat((long)Settings.Timestep, (int)noise.Size(0))];
        return scope.Keep(Answer(Generator, noise, timesteps, given).X0);
    }

    /// <summary>A loss whose gradient moves the generated latents from where the model of the generator's pictures sees them to where the teacher does.</summary>
    /// <param name="made">Generated latents [B, C, h, w], with their graph.</param>
    /// <param name="timesteps">B timesteps at which they are judged.</param>
    /// <param name="noise">Noise of the same shape.</param>
    /// <param name="given">The captions.</param>
    /// <param name="empty">The empty prompt.</param>
    public Tensor Matching(Tensor made, long[] timesteps, Tensor noise, DenoiserInputs given, DenoiserInputs empty)
    {
        using var scope = TensorScope.Begin();
        var (direction, x0) = Direction(made.Detach(), timesteps, noise, given, empty);
        if (_recipe.Objective.MinSnrGamma is { } gamma)
        {
            var weights = DiffusionProcess.PerSample(timesteps, t => Math.Min(_process.SignalToNoise(t), gamma) / _process.SignalToNoise(t), Device);
            return scope.Keep((direction * made * weights).Mean());
        }

        // Each sample's direction in units of how far the teacher would move it.
        var far = Losses.MeanOfSample((made.Detach() - x0).Abs()).View(-1, 1, 1, 1);
        var wanted = made.Detach() - (direction / (far + Smallest));
        return scope.Keep((made - wanted).Square().Mean());
    }

    /// <summary>How well the model of the generator's pictures denoises them.</summary>
    /// <param name="made">Generated latents [B, C, h, w].</param>
    /// <param name="timesteps">B timesteps.</param>
    /// <param name="noise">Noise of the same shape.</param>
    /// <param name="given">The captions.</param>
    public Tensor FakeLoss(Tensor made, long[] timesteps, Tensor noise, DenoiserInputs given)
    {
        using var scope = TensorScope.Begin();
        var noisy = _process.AddNoise(made, noise, timesteps);
        return scope.Keep((Answer(Fake, noisy, timesteps, given).Noise - noise).Square().Mean());
    }

    // The difference of the scores, as a change of clean latents, and the teacher's clean latents.
    (Tensor Direction, Tensor X0) Direction(Tensor made, long[] timesteps, Tensor noise, DenoiserInputs given, DenoiserInputs empty)
    {
        using var off = GradMode.Disable();
        using var scope = TensorScope.Begin();
        var noisy = _process.AddNoise(made, noise, timesteps);
        var teacher = _parts.Teacher!;
        var (plain, said) = (Answer(teacher, noisy, timesteps, empty).Noise, Answer(teacher, noisy, timesteps, given).Noise);
        var real = plain + ((said - plain) * Settings.Guidance);
        var x0 = _process.X0FromNoise(noisy, real, timesteps);
        // The teacher's score is -real, the other one's -fake.
        var spread = DiffusionProcess.PerSample(timesteps, t => Math.Sqrt((1 - _process.AlphasCumprod[t]) / _process.AlphasCumprod[t]), Device);
        var direction = (real - Answer(Fake, noisy, timesteps, given).Noise) * spread;
        return (scope.Keep(direction), scope.Keep(x0));
    }

    (Tensor X0, Tensor Noise) Answer(PixArtTransformer model, Tensor noisy, long[] timesteps, DenoiserInputs given)
    {
        using var scope = TensorScope.Begin();
        var prediction = given.Ask(model, noisy, Tensor.FromArray(timesteps, timesteps.Length).To(Device)).To(ScalarType.Float32).Narrow(1, 0, noisy.Size(1));
        var (x0, noise) = _process.Split(noisy, prediction, timesteps, _recipe.Objective.Target);
        return (scope.Keep(x0), scope.Keep(noise));
    }

    Tensor Noise(Tensor like, long pass, int part)
    {
        using var generator = new RandomKey(_recipe.Seed, RandomPurpose.Noise, pass, part).Generator(Device);
        return new BatchNoise(generator, _parts.Share).Normal(like.Shape);
    }

    // Stratified over all passes of an optimizer step together.
    long[] Draw(long pass, int part)
    {
        var random = new RandomKey(_recipe.Seed, RandomPurpose.Timestep, pass / _recipe.Accumulation, part).Stream();
        var all = _timesteps.Draw(_recipe.BatchSize * _recipe.Accumulation, ref random);
        return _parts.Share.Of(all.AsSpan((int)(pass % _recipe.Accumulation) * _recipe.BatchSize, _recipe.BatchSize).ToArray());
    }
}
