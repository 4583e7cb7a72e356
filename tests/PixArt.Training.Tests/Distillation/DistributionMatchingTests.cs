using PixArt.Models;
using PixArt.Torch;
using PixArt.Training.Distillation;
using PixArt.Training.Objectives;
using PixArt.Training.Optimization;
using PixArt.Training.Ranks;
using PixArt.Training.Recipes;

namespace PixArt.Training.Tests.Distillation;

/// <summary>The loss against the script's steps, written out with three different sets of weights.</summary>
public sealed class DistributionMatchingTests : IDisposable
{
    const int Batch = 2;
    const long Pass = 3;

    readonly LeakCheck _leak = new();
    readonly DiffusionProcess _process = DiffusionProcess.Linear();
    readonly PixArtTransformer _generator = Create(1), _teacher = Create(2), _fake = Create(3);
    readonly TensorScope _scope = TensorScope.Begin();

    public void Dispose()
    {
        _scope.Dispose();
        foreach (var model in (PixArtTransformer[])[_generator, _teacher, _fake])
        {
            foreach (var parameter in model.Parameters.Tensors) parameter.Grad = null;
            model.Dispose();
        }

        _leak.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(5.0)]
    public void Loss_AndGradients_AreThoseOfTheScript(double? gamma)
    {
        var recipe = Recipe(gamma);
        var matching = new DistributionMatching(recipe, new(_generator, null!, null!, null, null) { Teacher = _teacher, Fake = _fake }, _process);
        _generator.Parameters.RequireGrad(true);
        _fake.Parameters.RequireGrad(true);
        _teacher.Parameters.RequireGrad(false);
        using var statistics = new LossStatistics();
        var loss = matching.Loss(Draw(9, Batch, 4, 8, 8), null, Inputs(11), Inputs(12), Pass, statistics);
        loss.Backward();
        var (generators, fakes) = (Gradients(_generator), Gradients(_fake));
        Assert.All(_teacher.Parameters.Tensors, parameter => Assert.Null(parameter.Grad));
        Forget(_generator);
        Forget(_fake);

        var (matched, expectedFake, x, pull) = Expected(recipe);
        Close.Assert(matched + expectedFake.Item<float>(), (double)loss.Item<float>(), 1e-5, "loss");
        // What pulls at the generated latents is a constant to the generator; the other model sees them as data.
        ((x * pull).Sum() + expectedFake).Backward();
        Compare(Gradients(_generator), generators, "generator");
        Compare(Gradients(_fake), fakes, "model of its pictures");
    }

    [Fact]
    public void Generate_IsTheCleanLatentsOfOneStep()
    {
        using var off = GradMode.Disable();
        var matching = new DistributionMatching(Recipe(null), new(_generator, null!, null!, null, null) { Teacher = _teacher, Fake = _fake }, _process);
        var noise = Draw(20, Batch, 4, 8, 8);
        var inputs = Inputs(11);
        Close.Assert(OneStep(noise, inputs), matching.Generate(noise, inputs), 1e-6, "one step");
    }

    [Fact]
    public void Loss_WithARegression_AddsHowTheFirstHalfLooks()
    {
        using var folder = new TemporaryFolder();
        TinyDecoderFolders.Write(folder.Path, new() { Width = 6, EncoderBlocks = [1, 1], DecoderBlocks = [1, 1] });
        var repeat = new RegressionRecipe { Autoencoder = folder.Path, Vgg = PerceptualDistanceTests.Vgg, Lpips = PerceptualDistanceTests.Lpips, Weight = 50 };
        var recipe = Recipe(null);
        recipe.DistributionMatching!.Regression = repeat;
        using var regression = PictureRegression.Load(repeat, 4, Device.Cpu);
        var (noise, wanted) = (Draw(20, Batch, 4, 8, 8), Draw(9, Batch, 4, 8, 8));
        _generator.Parameters.RequireGrad(true);
        _fake.Parameters.RequireGrad(true);
        (double Loss, double[] Gradients) Taken(PictureRegression? by, BatchShare? share = null)
        {
            share ??= BatchShare.Whole;
            var matching = new DistributionMatching(recipe, new(_generator, null!, null!, null, null) { Teacher = _teacher, Fake = _fake, Regression = by, Share = share }, _process);
            var size = Batch / share.World;
            using var statistics = new LossStatistics();
            var loss = matching.Loss(
                wanted.Narrow(0, share.Rank * size, size), noise.Narrow(0, share.Rank * size, size), Inputs(11, share), Inputs(12, share), Pass, statistics);
            loss.Backward();
            var gradients = Gradients(_generator).OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value).ToArray();
            Forget(_generator);
            Forget(_fake);
            return (loss.Item<float>(), gradients);
        }

        var (plain, both) = (Taken(null), Taken(regression));
        var made = OneStep(noise, Inputs(11));
        var expected = regression.Between(made.Narrow(0, 0, 1), wanted.Narrow(0, 0, 1)).Sum() * 50;
        Close.Assert(expected.Item<float>(), both.Loss - plain.Loss, 1e-4, "regression");
        expected.Backward();
        var alone = Gradients(_generator).OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value).ToArray();
        Forget(_generator);
        Close.Assert(alone, [.. both.Gradients.Zip(plain.Gradients, (a, b) => a - b)], 1e-3, "gradients of the regression");

        // Of two processes the first has all that is compared, and the mean over both is the same.
        var ranks = ((BatchShare[])[new(0, 2), new(1, 2)]).Select(share => Taken(regression, share)).ToArray();
        Close.Assert(both.Gradients, [.. ranks[0].Gradients.Zip(ranks[1].Gradients, (a, b) => (a + b) / 2)], 1e-4, "gradients of two processes");
    }

    // The loss of the generator, that of the other model with its graph, the generated latents with theirs, and the loss's gradient at them.
    (double Matching, Tensor Fake, Tensor X, Tensor Pull) Expected(TransformerRecipe recipe)
    {
        var (given, empty) = (Inputs(11), Inputs(12));
        var x = OneStep(Noise(recipe, 0), given);
        using var detached = x.Detach();
        var t = Timesteps(recipe, 0);
        Tensor Of(Func<long, double> value) => DiffusionProcess.PerSample(t, value, Device.Cpu);
        var (a, s) = (Of(i => Math.Sqrt(_process.AlphasCumprod[i])), Of(i => Math.Sqrt(1 - _process.AlphasCumprod[i])));
        double matching;
        Tensor pull;
        using (GradMode.Disable())
        {
            var noisy = (detached * a) + (Noise(recipe, 1) * s);
            var (unsaid, said) = (Ask(_teacher, noisy, t, empty), Ask(_teacher, noisy, t, given));
            var scoreReal = (unsaid + ((said - unsaid) * 3)) * -1;
            var scoreFake = Ask(_fake, noisy, t, given) * -1;
            var coefficient = (scoreFake - scoreReal) * (s / a);
            if (recipe.Objective.MinSnrGamma is { } gamma)
            {
                var weight = Of(i => Math.Min(_process.SignalToNoise(i), gamma) / _process.SignalToNoise(i));
                matching = (coefficient * detached * weight).Mean().Item<float>();
                pull = coefficient * weight / detached.Count;
            }
            else
            {
                var clean = (noisy + (scoreReal * s)) / a;
                var weight = 1.0 / ((detached - clean).Abs().Mean([1, 2, 3], true) + 1e-5);
                matching = (weight * coefficient).Square().Mean().Item<float>();
                pull = weight * coefficient * (2.0 / detached.Count);
            }
        }

        var later = Timesteps(recipe, 1);
        var noise = Noise(recipe, 2);
        var fake = (Ask(_fake, _process.AddNoise(detached, noise, later), later, given) - noise).Square().Mean();
        return (matching, fake, x, pull);
    }

    Tensor OneStep(Tensor noise, DenoiserInputs inputs)
    {
        var product = _process.AlphasCumprod[400];
        return (noise - (Ask(_generator, noise, [400, 400], inputs) * Math.Sqrt(1 - product))) / Math.Sqrt(product);
    }

    static Tensor Ask(PixArtTransformer model, Tensor x, long[] t, DenoiserInputs inputs) =>
        model.Forward(x, Tensor.FromArray(t, t.Length), inputs.Text, inputs.Mask).Narrow(1, 0, 4);

    static long[] Timesteps(TransformerRecipe recipe, int part)
    {
        var random = new RandomKey(recipe.Seed, RandomPurpose.Timestep, Pass, part).Stream();
        return new TimestepSampler(new(1, 999)).Draw(Batch, ref random);
    }

    static Tensor Noise(TransformerRecipe recipe, int part)
    {
        using var generator = new RandomKey(recipe.Seed, RandomPurpose.Noise, Pass, part).Generator();
        return Tensor.Randn([Batch, 4, 8, 8], generator);
    }

    static Dictionary<string, double[]> Gradients(PixArtTransformer model)
    {
        var found = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var name in model.Parameters.Names)
        {
            using var gradient = model.Parameters[name].Grad;
            found[name] = gradient is null ? [] : Close.Doubles(gradient);
        }

        Assert.Contains(found.Values, values => values.Any(v => v != 0));
        return found;
    }

    static void Compare(Dictionary<string, double[]> expected, Dictionary<string, double[]> actual, string what)
    {
        double[] All(Dictionary<string, double[]> all) => [.. all.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value)];
        Close.Assert(All(expected), All(actual), 1e-4, "gradients of " + what);
    }

    static void Forget(PixArtTransformer model)
    {
        foreach (var parameter in model.Parameters.Tensors) parameter.Grad = null;
    }

    static TransformerRecipe Recipe(double? gamma) => new()
    {
        BatchSize = Batch,
        DistributionMatching = new(),
        Objective = new() { MinSnrGamma = gamma },
    };

    static DenoiserInputs Inputs(ulong seed, BatchShare? share = null)
    {
        var (all, part) = (Draw(seed, Batch, 5, 8), share ?? BatchShare.Whole);
        var size = Batch / part.World;
        return new(all.Narrow(0, part.Rank * size, size), Tensor.Ones([size, 5], ScalarType.Int64), null);
    }

    static Tensor Draw(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn(shape, generator);
    }

    static PixArtTransformer Create(ulong seed) => TinyTransformer.Create(seed, config: TinyTransformer.Config with { NumLayers = 1, OutChannels = 8 });
}
