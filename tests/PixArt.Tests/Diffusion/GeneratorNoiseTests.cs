using PixArt.Diffusion;
using PixArt.Torch;

namespace PixArt.Tests.Diffusion;

public class GeneratorNoiseTests
{
    [Fact]
    public void A_generator_an_image_draws_what_each_image_would_draw_alone()
    {
        using var leak = new LeakCheck();
        using var together = Draw([2, 3, 4, 4], 5, 9);
        using var first = Draw([1, 3, 4, 4], 5);
        using var second = Draw([1, 3, 4, 4], 9);
        Assert.Equal(first.ToArray<float>().Concat(second.ToArray<float>()), together.ToArray<float>());
    }

    [Fact]
    public void One_generator_draws_the_whole_batch_at_once()
    {
        using var leak = new LeakCheck();
        using var batch = Draw([2, 3, 4, 4], 5);
        using var generator = new Generator(5);
        using var plain = Tensor.Randn([2, 3, 4, 4], generator);
        Assert.Equal(plain.ToArray<float>(), batch.ToArray<float>());
    }

    [Fact]
    public void Any_other_number_of_generators_is_refused() =>
        Assert.Throws<InvalidSettingException>(() => Draw([3, 3, 4, 4], 5, 9));

    static Tensor Draw(long[] shape, params ulong[] seeds)
    {
        var generators = Array.ConvertAll(seeds, s => new Generator(s));
        try
        {
            return new GeneratorNoise(generators).Draw(shape, ScalarType.Float32, Device.Cpu);
        }
        finally
        {
            foreach (var generator in generators) generator.Dispose();
        }
    }
}
