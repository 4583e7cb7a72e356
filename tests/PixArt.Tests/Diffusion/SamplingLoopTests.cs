using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public class SamplingLoopTests
{
    static readonly long[] s_shape = [2, 4, 3, 5];

    [Theory]
    [MemberData(nameof(SamplerCatalogue.All), MemberType = typeof(SamplerCatalogue))]
    public void A_run_in_two_parts_with_one_state_is_the_run_in_one(string name, string overrides)
    {
        using var leak = new LeakCheck();
        using var start = Noise(7);
        var sampler = SamplerCatalogue.Create(name, overrides, steps: 12);
        var denoiser = SamplerCatalogue.Model(sampler);
        var whole = Run(sampler, denoiser, start, StepRange.All(sampler));
        for (var cut = 0; cut <= sampler.Timesteps.Count; cut += 5)
        {
            using var noise = new SeededNoise(3);
            using var state = sampler.Begin();
            using var middle = SamplingLoop.Run(
                sampler, denoiser, start, noise, new SamplingOptions { Range = new StepRange(0, cut), State = state });
            using var end = SamplingLoop.Run(
                sampler, denoiser, middle, noise,
                new SamplingOptions { Range = new StepRange(cut, sampler.Timesteps.Count), State = state });
            Assert.Equal(whole, end.ToArray<float>());
        }
    }

    [Theory]
    [MemberData(nameof(SamplerCatalogue.All), MemberType = typeof(SamplerCatalogue))]
    public void A_run_may_begin_at_any_step(string name, string overrides)
    {
        using var leak = new LeakCheck();
        using var clean = Noise(1);
        using var added = Noise(2);
        var sampler = SamplerCatalogue.Create(name, overrides, steps: 9);
        for (var first = 0; first < sampler.Timesteps.Count; first++)
        {
            if (first % sampler.Order != 0 || (name is "pndm" && overrides is "{}" && first is > 0 and < 12))
            {
                Assert.Throws<InvalidSettingException>(() => sampler.Begin(first));
                continue;
            }

            using var noised = sampler.AddNoise(clean, added, first);
            var end = Run(sampler, SamplerCatalogue.Model(sampler), noised, new StepRange(first, sampler.Timesteps.Count));
            Assert.All(end, v => Assert.True(float.IsFinite(v)));
        }
    }

    [Theory]
    [MemberData(nameof(SamplerCatalogue.All), MemberType = typeof(SamplerCatalogue))]
    public void A_model_that_knows_the_sample_gets_it_back(string name, string overrides)
    {
        using var leak = new LeakCheck();
        using var clean = Noise(1);
        using var added = Noise(2);
        var sampler = SamplerCatalogue.Create(name, overrides, steps: 20);
        // PNDM's last step and those that stop at the noise of timestep 0 leave that noise.
        using var start = sampler.AddNoise(clean, added, 0);
        var end = Run(sampler, new Oracle(sampler, clean), start, StepRange.All(sampler));
        var expected = clean.ToArray<float>();
        for (var i = 0; i < end.Length; i++) Assert.Equal(expected[i], end[i], 0.06f);
    }

    [Fact]
    public void Progress_counts_the_steps_of_the_part()
    {
        using var start = Noise(1);
        using var noise = new SeededNoise(1);
        var sampler = SamplerCatalogue.Create("dpm++", "{}", steps: 10);
        var reports = new List<SamplingProgress>();
        using var end = SamplingLoop.Run(sampler, new FakeModel("mix"), start, noise, new SamplingOptions
        {
            Range = new StepRange(4, 7),
            Progress = new Immediate(reports.Add),
        });
        Assert.Equal([new(1, 3, sampler.Timesteps[4]), new(2, 3, sampler.Timesteps[5]), new(3, 3, sampler.Timesteps[6])], reports);
    }

    [Fact]
    public void Cancellation_between_steps_leaves_no_tensor()
    {
        using var leak = new LeakCheck();
        using var start = Noise(1);
        using var noise = new SeededNoise(1);
        using var cancellation = new CancellationTokenSource();
        var sampler = SamplerCatalogue.Create("unipc", "{}", steps: 10);
        Assert.Throws<OperationCanceledException>(() => SamplingLoop.Run(
            sampler, new FakeModel("mix"), start, noise,
            new SamplingOptions { Progress = new Immediate(p => CancelAt(p, 5, cancellation)) }, cancellation.Token));
    }

    [Fact]
    public void A_failing_model_leaves_no_tensor()
    {
        using var leak = new LeakCheck();
        using var start = Noise(1);
        using var noise = new SeededNoise(1);
        var sampler = SamplerCatalogue.Create("sa-solver", "{}", steps: 10);
        var ensemble = new ExpertEnsemble(
            [new("clean", new(0, 500), new Failing()), new("noisy", new(500, 1000), new FakeModel("mix"))]);
        Assert.Throws<NotSupportedException>(() => SamplingLoop.Run(sampler, ensemble, start, noise));
    }

    [Fact]
    public void A_callback_sees_each_step_and_may_replace_the_latents()
    {
        using var leak = new LeakCheck();
        using var start = Noise(1);
        using var noise = new SeededNoise(1);
        var sampler = SamplerCatalogue.Create("ddim", "{}", steps: 4);
        var seen = new List<(int Index, double Timestep, double? Next)>();
        using var end = SamplingLoop.Run(sampler, new FakeModel("mix"), start, noise, new SamplingOptions
        {
            OnStep = moment =>
            {
                seen.Add((moment.Index, moment.Timestep, moment.NextTimestep));
                Assert.Equal(s_shape, moment.PredictedOriginal.Shape);
                return moment.Index == 3 ? Tensor.Full(s_shape, 0.25) : null;
            },
        });
        Assert.Equal([(0, 750, 500), (1, 500, 250), (2, 250, 0), (3, 0, null)], seen);
        Assert.All(end.ToArray<float>(), v => Assert.Equal(0.25f, v));
    }

    [Fact]
    public void No_steps_give_a_copy_of_the_input()
    {
        using var leak = new LeakCheck();
        using var start = Noise(1);
        var sampler = SamplerCatalogue.Create("dpm++", "{}", steps: 4);
        Assert.Equal(start.ToArray<float>(), Run(sampler, new Failing(), start, new StepRange(2, 2)));
    }

    [Fact]
    public void The_channels_of_a_learned_variance_are_dropped_after_guidance()
    {
        using var leak = new LeakCheck();
        using var start = Noise(5);
        var sampler = SamplerCatalogue.Create("dpm++", "{}", steps: 8);
        var plain = Run(sampler, new FakeModel("mix"), start, StepRange.All(sampler));
        Assert.Equal(plain, Run(sampler, new FakeModel("mix2c"), start, StepRange.All(sampler)));
    }

    [Fact]
    public void Ancestral_sampling_with_a_learned_variance_uses_them()
    {
        using var leak = new LeakCheck();
        using var start = Noise(5);
        var fixedVariance = SamplerCatalogue.Create("ddpm", "{}", steps: 8);
        var learned = SamplerCatalogue.Create("ddpm", """{"variance_type":"learned_range"}""", steps: 8);
        Assert.NotEqual(
            Run(fixedVariance, new FakeModel("mix2c"), start, StepRange.All(learned)),
            Run(learned, new FakeModel("mix2c"), start, StepRange.All(learned)));
        var failure = Assert.Throws<InvalidSettingException>(
            () => Run(learned, new FakeModel("mix"), start, StepRange.All(learned)));
        Assert.Contains("variance_type", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_out_of_turn_is_refused()
    {
        using var start = Noise(5);
        var sampler = SamplerCatalogue.Create("dpm++", "{}", steps: 8);
        using var state = sampler.Begin(2);
        Assert.Throws<InvalidOperationException>(() => sampler.Step(state, start, 3, start, RecordedNoise.None));
    }

    [Fact]
    public void A_result_belongs_to_the_scope_of_its_caller()
    {
        using var leak = new LeakCheck();
        using var noise = new SeededNoise(1);
        using var scope = TensorScope.Begin();
        var sampler = SamplerCatalogue.Create("dpm++", "{}", steps: 3);
        var end = SamplingLoop.Run(sampler, new FakeModel("mix"), Noise(1), noise);
        Assert.Equal(s_shape, end.Shape);
    }

    static void CancelAt(SamplingProgress progress, int step, CancellationTokenSource cancellation)
    {
        if (progress.Done == step) cancellation.Cancel();
    }

    static float[] Run(ISampler sampler, IDenoiser denoiser, Tensor start, StepRange range)
    {
        using var noise = new SeededNoise(3);
        using var end = SamplingLoop.Run(sampler, denoiser, start, noise, new SamplingOptions { Range = range });
        return end.ToArray<float>();
    }

    internal static Tensor Noise(ulong seed)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn(s_shape, generator);
    }

    sealed class Immediate(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }

    sealed class Failing : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default) =>
            throw new NotSupportedException("no model");
    }

    // Predicts whatever leads to the known sample: what is left of the latents once it is taken out.
    sealed class Oracle(Sampler sampler, Tensor clean) : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
        {
            using var scope = TensorScope.Begin();
            var flow = sampler is FlowMatchEuler;
            var schedule = new NoiseSchedule();
            double alpha, sigma;
            if (flow)
            {
                (alpha, sigma) = (1 - (timestep / 1000), timestep / 1000);
                return scope.Keep((latents - clean) / sigma);
            }

            var level = Grid.Interpolate(schedule.Sigmas(), timestep);
            alpha = 1 / Math.Sqrt((level * level) + 1);
            sigma = level * alpha;
            var noise = (latents - (clean * alpha)) / sigma;
            return scope.Keep(sampler.UsesLearnedVariance ? Tensor.Cat([noise, noise * 0.0], 1) : noise);
        }
    }
}
