using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public sealed class AdaptiveDpmSolverTests
{
    static ISampler Solver(int order = 2) => Samplers.Create(
        new SchedulerConfig { SolverOrder = order }.As("dpm-solver-adaptive"), new SamplerOptions());

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_model_that_jumps_is_asked_again_with_shorter_steps(int order)
    {
        using var leak = new LeakCheck();
        using var start = SamplingLoopTests.Noise(1);
        var model = new Jumping();
        var reports = new List<SamplingProgress>();
        using var end = SamplingLoop.Run(Solver(order), model, start, RecordedNoise.None, new SamplingOptions
        {
            Progress = new Immediate(reports.Add),
        });
        Assert.All(end.ToArray<float>(), v => Assert.True(float.IsFinite(v)));
        // Time goes back where a step is tried again.
        Assert.Contains(model.Times.Zip(model.Times.Skip(1)), pair => pair.Second > pair.First);
        Assert.Equal(new SamplingProgress(100, 100, model.Times[^1]), reports[^1]);
        Assert.All(reports.Zip(reports.Skip(1)), pair => Assert.True(pair.First.Done <= pair.Second.Done));
    }

    [Fact]
    public void A_state_goes_on_where_it_was()
    {
        using var start = SamplingLoopTests.Noise(1);
        var sampler = Solver();
        using var whole = SamplingLoop.Run(sampler, new FakeModel("mix"), start, RecordedNoise.None);
        using var state = sampler.Begin();
        using var same = SamplingLoop.Run(sampler, new FakeModel("mix"), start, RecordedNoise.None, new SamplingOptions { State = state });
        Assert.Equal(whole.ToArray<float>(), same.ToArray<float>());
    }

    [Fact]
    public void An_answer_that_is_no_number_ends_the_run()
    {
        using var leak = new LeakCheck();
        using var start = SamplingLoopTests.Noise(1);
        var error = Assert.Throws<PixArtException>(() => SamplingLoop.Run(Solver(), new Constant(double.NaN), start, RecordedNoise.None));
        Assert.Contains("is not a number: no step can be chosen by it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_whose_first_answer_fits_no_other_ends_the_run()
    {
        using var start = SamplingLoopTests.Noise(1);
        var error = Assert.Throws<PixArtException>(() => SamplingLoop.Run(Solver(), new Breaking(), start, RecordedNoise.None));
        Assert.Contains("is small enough for the solver: the model's answers jump", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_cannot_do_is_refused()
    {
        var process = new SchedulerConfig();
        Assert.Equal(
            "solver_order is 1, expected 2 or 3 with PixArtAdaptiveDPMSolverScheduler",
            Assert.Throws<InvalidSettingException>(() => Solver(order: 1)).Message);
        Assert.Equal(
            "steps is 20, expected none with PixArtAdaptiveDPMSolverScheduler: it takes as many as it needs",
            Assert.Throws<InvalidSettingException>(() => Samplers.Create(process, "dpm-solver-adaptive", new SamplerOptions { Steps = 20 })).Message);
        using var start = SamplingLoopTests.Noise(1);
        var error = Assert.Throws<InvalidSettingException>(() => SamplingLoop.Run(
            Samplers.Create(process, "euler", new SamplerOptions { Steps = 2 }), new FakeModel("mix"), start, RecordedNoise.None,
            new SamplingOptions { Range = new(0, 3) }));
        Assert.Equal("step range is '0 to 3', expected a part of 0 to 2", error.Message);
    }

    // Noise that changes its mind in the middle of the way.
    sealed class Jumping : IDenoiser
    {
        public List<double> Times { get; } = [];

        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
        {
            Times.Add(timestep);
            return latents * (timestep > 450 ? 0.9 : -0.9);
        }
    }

    sealed class Constant(double value) : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default) => (latents * 0.0) + value;
    }

    sealed class Breaking : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default) =>
            (latents * 0.0) + (timestep >= 999 ? 1e12 : -1e12);
    }

    sealed class Immediate(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}
