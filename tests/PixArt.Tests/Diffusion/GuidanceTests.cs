using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public class GuidanceTests
{
    [Theory]
    [InlineData(4.5, 1 + (4.5f * 2))]
    [InlineData(1.0001, 1 + (1.0001f * 2))]
    public void Guidance_walks_from_the_negative_to_the_positive(double scale, float expected) =>
        Assert.All(Guided(new GuidanceOptions { Scale = scale }), v => Assert.Equal(expected, v, 1e-5f));

    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(0)]
    public void A_scale_of_one_or_less_asks_once_without_the_negative(double scale)
    {
        using var leak = new LeakCheck();
        using var latents = Tensor.Zeros([2, 2, 1, 1]);
        var guidance = new ClassifierFreeGuidance(new Unasked(), new Halves(3), new GuidanceOptions { Scale = scale });
        using var answer = guidance.Predict(latents, 500);
        Assert.All(answer.ToArray<float>(), v => Assert.Equal(3, v));
    }

    [Fact]
    public void Outside_its_interval_the_positive_is_asked_alone()
    {
        using var latents = Tensor.Zeros([1, 2, 1, 1]);
        var guidance = new ClassifierFreeGuidance(
            new Halves(1, 3), new Halves(3), new GuidanceOptions { Scale = 2, Interval = new(200, 800) });
        Assert.Equal([3, 5, 5, 3], new[] { 199.9, 200, 799.9, 800 }.Select(t => First(guidance, latents, t)));
    }

    [Fact]
    public void Some_channels_may_be_guided_alone()
    {
        var answer = Guided(new GuidanceOptions { Scale = 2, Channels = 1 });
        Assert.Equal([5, 3, 5, 3], answer);
    }

    [Fact]
    public void Rescaling_takes_the_deviation_of_the_positive_prediction()
    {
        using var leak = new LeakCheck();
        using var latents = Tensor.Zeros([1, 4, 8, 8]);
        using var negative = Random(1);
        using var positive = Random(2);
        using var plain = Predict(0);
        using var half = Predict(0.5);
        using var full = Predict(1);
        Assert.Equal(Deviation(positive), Deviation(full), 1e-5);
        Assert.Equal((Deviation(positive) + Deviation(plain)) / 2, Deviation(half), 1e-5);
        // The variance's channels are guided but not rescaled.
        using var variance = full.Narrow(1, 4, 4);
        using var guided = plain.Narrow(1, 4, 4);
        Assert.Equal(guided.ToArray<float>(), variance.ToArray<float>());

        Tensor Predict(double rescale)
        {
            using var both = Tensor.Cat([negative, positive], 0);
            var guidance = new ClassifierFreeGuidance(
                new Fixed(both), new Unasked(), new GuidanceOptions { Scale = 5, Rescale = rescale });
            return guidance.Predict(latents, 500);
        }

        static double Deviation(Tensor t)
        {
            var values = t.ToArray<float>()[..(4 * 64)];
            var mean = values.Average();
            return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
        }
    }

    [Fact]
    public void A_perturbed_model_is_steered_away_from()
    {
        // 1 + 2 (3 - 1) + 3 (3 - 2.5), and where the pair is not asked 3 + 3 (3 - 2.5)
        Assert.All(Perturbed(2, new() { Scale = 3 }, 500), v => Assert.Equal(6.5f, v, 1e-5f));
        Assert.All(Perturbed(1, new() { Scale = 3 }, 500), v => Assert.Equal(4.5f, v, 1e-5f));
        // max(0, 3 - 0.01 (1000 - t))
        Assert.All(Perturbed(1, new() { Scale = 3, AdaptiveScale = 0.01 }, 900), v => Assert.Equal(4f, v, 1e-5f));
        Assert.All(Perturbed(1, new() { Scale = 3, AdaptiveScale = 0.01 }, 700), v => Assert.Equal(3f, v));
    }

    [Fact]
    public void Where_perturbation_has_no_strength_its_model_is_not_asked()
    {
        using var latents = Tensor.Zeros([2, 2, 1, 1]);
        var guidance = new ClassifierFreeGuidance(
            new Unasked(), new Halves(3), new() { Scale = 1 }, new(new Unasked(), new() { Scale = 1, AdaptiveScale = 1 }));
        using var answer = guidance.Predict(latents, 999);
        Assert.All(answer.ToArray<float>(), v => Assert.Equal(3, v));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(101, 0)]
    [InlineData(3, -0.1)]
    public void A_perturbation_that_cannot_be_used_is_refused(double scale, double adaptive) =>
        Assert.Throws<InvalidSettingException>(() => new ClassifierFreeGuidance(
            new Unasked(), new Unasked(), new(), new(new Unasked(), new() { Scale = scale, AdaptiveScale = adaptive })));

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(-1, 0)]
    [InlineData(double.PositiveInfinity, 0)]
    [InlineData(4.5, 1.5)]
    [InlineData(4.5, double.NaN)]
    public void A_strength_that_cannot_be_used_is_refused(double scale, double rescale) =>
        Assert.Throws<InvalidSettingException>(() => new ClassifierFreeGuidance(
            new Unasked(), new Unasked(), new GuidanceOptions { Scale = scale, Rescale = rescale }));

    static float[] Guided(GuidanceOptions options)
    {
        using var leak = new LeakCheck();
        using var latents = Tensor.Zeros([2, 2, 1, 1]);
        using var answer = new ClassifierFreeGuidance(new Halves(1, 3), new Unasked(), options).Predict(latents, 500);
        return answer.ToArray<float>();
    }

    static float[] Perturbed(double scale, PerturbedAttentionOptions options, double timestep)
    {
        using var leak = new LeakCheck();
        using var latents = Tensor.Zeros([2, 2, 1, 1]);
        var guidance = new ClassifierFreeGuidance(
            new Halves(1, 3), new Halves(3), new GuidanceOptions { Scale = scale }, new(new Halves(2.5f), options));
        using var answer = guidance.Predict(latents, timestep);
        return answer.ToArray<float>();
    }

    static float First(IDenoiser denoiser, Tensor latents, double timestep)
    {
        using var answer = denoiser.Predict(latents, timestep);
        return answer.ToArray<float>()[0];
    }

    static Tensor Random(ulong seed)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn([1, 8, 8, 8], generator);
    }

    /// <summary>Answers for several conditionings, each with a value of its own.</summary>
    internal sealed class Halves(params float[] values) : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
        {
            using var scope = TensorScope.Begin();
            return scope.Keep(Tensor.Cat([.. values.Select(v => (latents * 0.0) + (double)v)], 0));
        }
    }

    sealed class Fixed(Tensor answer) : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
        {
            Assert.Equal(answer.Size(0), 2 * latents.Size(0));
            return answer.Clone();
        }
    }

    sealed class Unasked : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default) =>
            throw new InvalidOperationException("this model should not be asked");
    }
}
