using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Models;

/// <summary>Full-size models have the published numbers of parameters (and build in a moment over weights that take no memory).</summary>
public sealed class ParameterCountTests
{
    [Theory]
    [InlineData(28, false, 610_856_096)]
    [InlineData(28, true, 611_349_152)]
    [InlineData(42, false, 908_433_824)]
    public void PixArtXL2(int layers, bool additionalConditions, long expected)
    {
        using var leak = new LeakCheck();
        using var model = new PixArtTransformer(new PixArtTransformerConfig { NumLayers = layers, UseAdditionalConditions = additionalConditions }, Store());
        Assert.Equal(expected, Count(model));
        Assert.Equal((layers * 21) + (additionalConditions ? 23 : 15), model.Parameters.Names.Count);
    }

    [Fact]
    public void PixArtSigma2KWithCompression_Has8064MoreInALayer()
    {
        using var leak = new LeakCheck();
        var compression = new KeyValueCompression(KeyValueSampling.Conv, 2, [.. Enumerable.Range(14, 14)]);
        using var model = new PixArtTransformer(new PixArtTransformerConfig { UseAdditionalConditions = false, KvCompression = compression }, Store());
        Assert.Equal(610_856_096 + (14 * 8_064), Count(model));
    }

    [Fact]
    public void T5XXL()
    {
        using var leak = new LeakCheck();
        using var model = new T5Encoder(new T5EncoderConfig(), Store());
        Assert.Equal(4_762_310_656, Count(model));
        Assert.Equal(219, model.Parameters.Names.Count);
    }

    [Fact]
    public void StableDiffusionAutoencoder()
    {
        using var leak = new LeakCheck();
        using var model = new AutoencoderKL(new AutoencoderKLConfig(), Store());
        Assert.Equal(83_653_863, Count(model));
    }

    static long Count(Module model) => model.Parameters.Tensors.Sum(tensor => tensor.Count);

    static ParameterStore Store() => new(new OneNumber());

    sealed class OneNumber : IParameterSource
    {
        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            using var scope = TensorScope.Begin();
            return TensorScope.Release(Tensor.Zeros([1]).Expand(shape));
        }
    }
}
