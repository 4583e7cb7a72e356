using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public sealed class OneStepTests
{
    [Fact]
    public void Step_PredictsTheCleanLatentsOfTimestep400()
    {
        using var leak = new LeakCheck();
        var sampler = Samplers.Create(new SchedulerConfig(), "dmd", new SamplerOptions { Steps = 1 });
        Assert.Equal([400], sampler.Timesteps);
        Assert.Equal((1.0, true), (sampler.InitNoiseSigma, sampler.EndsOnPrediction));
        using var generator = new Generator(1);
        using var scope = TensorScope.Begin();
        // PixArt's betas: 1000 from 1e-4 to 0.02, evenly.
        var kept = 1.0;
        for (var t = 0; t <= 400; t++) kept *= 1 - (1e-4 + (0.02 - 1e-4) * t / 999);
        Tensor z = Tensor.Randn([2, 4, 3, 5], generator), e = Tensor.Randn([2, 8, 3, 5], generator);
        using var noise = new SeededNoise(1);
        var step = sampler.Step(sampler.Begin(), e, 0, z, noise);
        var expected = (z - e.Narrow(1, 0, 4) * Math.Sqrt(1 - kept)) / Math.Sqrt(kept);
        Close.Assert(expected, step.PredictedOriginal, 1e-5, "predicted latents");
        Close.Assert(expected, step.Previous, 1e-5, "the step's own result");
    }

    [Fact]
    public void Create_OfAnotherTimestep_TakesIt() =>
        Assert.Equal([999], Samplers.Create(new SchedulerConfig(), "dmd", new SamplerOptions { Timesteps = [999] }).Timesteps);

    [Theory]
    [InlineData(2, "steps is 2, expected 1")]
    [InlineData(20, "one step")]
    public void Create_OfMoreSteps_IsRefused(int steps, string says) => Assert.Contains(says, Assert.Throws<InvalidSettingException>(
        () => Samplers.Create(new SchedulerConfig(), "dmd", new SamplerOptions { Steps = steps })).Message, StringComparison.Ordinal);
}
