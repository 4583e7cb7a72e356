using FsCheck;
using FsCheck.Fluent;
using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public class ExpertEnsembleTests
{
    [Theory]
    [MemberData(nameof(SamplerCatalogue.All), MemberType = typeof(SamplerCatalogue))]
    public void Identical_experts_are_the_single_model_to_the_last_bit(string name, string overrides)
    {
        using var leak = new LeakCheck();
        using var start = SamplingLoopTests.Noise(11);
        var sampler = SamplerCatalogue.Create(name, overrides, steps: 15);
        var model = SamplerCatalogue.Model(sampler);
        var single = Run(sampler, model, start);
        Assert.Equal(single, Run(sampler, Ensemble(model, 0, 1000), start));
        Assert.Equal(single, Run(sampler, Ensemble(model, 0, 400, 1000), start));
        Assert.Equal(single, Run(sampler, Ensemble(model, 0, 19, 333, 668, 1000), start));
    }

    [Theory]
    [InlineData(0, "t0-399")]
    [InlineData(399, "t0-399")]
    [InlineData(399.9999, "t0-399")]
    [InlineData(400, "t400-999")]
    [InlineData(400.5, "t400-999")]
    [InlineData(999, "t400-999")]
    [InlineData(1000, "t400-999")]
    public void A_border_belongs_to_the_expert_above_it(double timestep, string owner) =>
        Assert.Equal(owner, Ensemble(0, 400, 1000).OwnerOf(timestep).Name);

    [Theory]
    [InlineData(-0.001)]
    [InlineData(1000.001)]
    [InlineData(double.NaN)]
    public void A_timestep_outside_has_no_owner(double timestep) =>
        Assert.Throws<InvalidSettingException>(() => Ensemble(0, 400, 1000).OwnerOf(timestep));

    [Fact]
    public void Every_timestep_has_the_one_owner_whose_interval_holds_it()
    {
        var borders = Gen.Choose(1, 999).ArrayOf(5).Select(b => b.Distinct().Order().ToArray());
        Prop.ForAll(borders.ToArbitrary(), between =>
        {
            var ensemble = Ensemble([0, .. between, 1000]);
            return Enumerable.Range(0, 1000).All(t =>
                ensemble.OwnerOf(t) == ensemble.Experts.Single(e => e.Interval.Contains(t)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Each_step_is_asked_of_its_owner_only()
    {
        using var start = SamplingLoopTests.Noise(1);
        var asked = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        var ensemble = new ExpertEnsemble(
            new[] { 0, 400 }.Zip([400, 1000], (low, high) =>
                new Expert($"{low}", new(low, high), new Recorder(asked[$"{low}"] = []))));
        var sampler = SamplerCatalogue.Create("dpm++", "{}", steps: 20);
        Run(sampler, ensemble, start);
        Assert.Equal(13, asked["400"].Count);
        Assert.Equal(7, asked["0"].Count);
        Assert.Equal((400, 350), (asked["400"][^1], asked["0"][0]));
        Assert.Equal(sampler.Timesteps, asked["400"].Concat(asked["0"]));
    }

    [Theory]
    [InlineData(new[] { 0, 400, 401, 1000 }, "no expert owns timesteps 400 to 400")]
    [InlineData(new[] { 0, 401, 400, 1000 }, "two experts own timesteps 400 to 400")]
    [InlineData(new[] { 1, 400, 400, 1000 }, "no expert owns timesteps 0 to 0")]
    [InlineData(new[] { 0, 400, 400, 999 }, "to end at 1000")]
    [InlineData(new[] { 0, 400, 400, 1001 }, "to end at 1000")]
    [InlineData(new[] { 0, 1000, 400, 400 }, "one with a timestep in it")]
    public void Intervals_that_do_not_own_each_timestep_once_are_refused(int[] ends, string reason)
    {
        var failure = Assert.Throws<InvalidSettingException>(() => new ExpertEnsemble(
            ends.Chunk(2).Select((pair, i) => new Expert($"e{i}", new(pair[0], pair[1]), new FakeModel("mix")))));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_expert_has_its_own_guidance()
    {
        using var leak = new LeakCheck();
        using var latents = SamplingLoopTests.Noise(1);
        IDenoiser Guided(double scale) => new ClassifierFreeGuidance(
            new GuidanceTests.Halves(1, 2), new GuidanceTests.Halves(2), new GuidanceOptions { Scale = scale });
        var ensemble = new ExpertEnsemble(
            [new("clean", new(0, 400), Guided(3)), new("noisy", new(400, 1000), Guided(7))]);
        Assert.Equal(1 + 3, First(ensemble, latents, 399));
        Assert.Equal(1 + 7, First(ensemble, latents, 400));
    }

    static float First(IDenoiser denoiser, Tensor latents, double timestep)
    {
        using var answer = denoiser.Predict(latents, timestep);
        return answer.ToArray<float>()[0];
    }

    static ExpertEnsemble Ensemble(params int[] borders) => Ensemble(new FakeModel("mix"), borders);

    static ExpertEnsemble Ensemble(IDenoiser model, params int[] borders) => new(
        borders.Zip(borders.Skip(1), (low, high) =>
            new Expert($"t{low}-{high - 1}", new(low, high), model)).Reverse());

    static float[] Run(ISampler sampler, IDenoiser denoiser, Tensor start)
    {
        using var noise = new SeededNoise(3);
        using var end = SamplingLoop.Run(sampler, denoiser, start, noise);
        return end.ToArray<float>();
    }

    sealed class Recorder(List<double> asked) : IDenoiser
    {
        public Tensor Predict(Tensor latents, double timestep, CancellationToken cancellation = default)
        {
            asked.Add(timestep);
            return new FakeModel("mix").Predict(latents, timestep, cancellation);
        }
    }
}
