using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public class KeptLatentsTests
{
    [Theory]
    [MemberData(nameof(SamplerCatalogue.All), MemberType = typeof(SamplerCatalogue))]
    public void What_is_kept_comes_out_as_it_was(string name, string overrides)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var (sampler, start, kept, original, _, mask) = Begin(name, overrides);
        using var noise = new SeededNoise(3);
        var end = SamplingLoop.Run(sampler, SamplerCatalogue.Model(sampler), start, noise, new() { OnStep = kept.Restore });
        Assert.Equal(Outside(original, mask), Outside(end, mask));
        Assert.NotEqual(original.ToArray<float>(), end.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(SamplerCatalogue.All), MemberType = typeof(SamplerCatalogue))]
    public void With_nothing_kept_the_run_is_the_plain_one(string name, string overrides)
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var (sampler, start, _, original, added, _) = Begin(name, overrides);
        var kept = new KeptLatents(sampler, original, added, Tensor.Ones([1, 1, 3, 5]));
        Assert.Equal(Run(null), Run(kept.Restore));

        float[] Run(SamplingCallback? onStep)
        {
            using var noise = new SeededNoise(3);
            return SamplingLoop.Run(sampler, SamplerCatalogue.Model(sampler), start, noise, new() { OnStep = onStep }).ToArray<float>();
        }
    }

    [Fact]
    public void After_each_step_the_kept_part_has_the_next_step_s_noise()
    {
        using var leak = new LeakCheck();
        using var scope = TensorScope.Begin();
        var (sampler, start, kept, original, added, mask) = Begin("dpm++", "{}");
        using var noise = new SeededNoise(3);
        var steps = 0;
        SamplingLoop.Run(sampler, SamplerCatalogue.Model(sampler), start, noise, new()
        {
            OnStep = moment =>
            {
                steps++;
                var restored = kept.Restore(moment);
                var known = moment.NextTimestep is null ? original : sampler.AddNoise(original, added, moment.Index + 1);
                Assert.Equal(Outside(known, mask), Outside(restored, mask));
                Assert.Equal(Outside(moment.Latents, 1 - mask), Outside(restored, 1 - mask));
                return restored;
            },
        });
        Assert.Equal(8, steps);
    }

    static (ISampler Sampler, Tensor Start, KeptLatents Kept, Tensor Original, Tensor Added, Tensor Mask) Begin(string name, string overrides)
    {
        var sampler = SamplerCatalogue.Create(name, overrides, steps: 8);
        var (original, added) = (SamplingLoopTests.Noise(1), SamplingLoopTests.Noise(2));
        var mask = Tensor.FromArray([.. Enumerable.Range(0, 15).Select(i => i % 4 == 0 ? 0f : 1f)], 1, 1, 3, 5);
        return (sampler, added * sampler.InitNoiseSigma, new(sampler, original, added, mask), original, added, mask);
    }

    static float[] Outside(Tensor tensor, Tensor mask) => ((1 - mask) * tensor).ToArray<float>();
}
