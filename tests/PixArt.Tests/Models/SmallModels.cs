using PixArt.Models;
using PixArt.Torch;
using PixArt.Torch.Nn;

namespace PixArt.Tests.Models;

/// <summary>Small models with random weights, none of them zero.</summary>
static class SmallModels
{
    public static readonly PixArtTransformerConfig Transformer = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 12,
        CrossAttentionDim = 24,
        NumLayers = 3,
        SampleSize = 16,
        CaptionChannels = 10,
        UseAdditionalConditions = true,
    };

    public static readonly AutoencoderKLConfig Autoencoder = new() { BlockOutChannels = [8, 16, 16], LayersPerBlock = 1, NormNumGroups = 4, SampleSize = 32 };

    public static readonly T5EncoderConfig TextEncoder = new() { VocabSize = 50, DModel = 16, DKv = 4, NumHeads = 2, DFf = 24, NumLayers = 2 };

    public static ParameterStore Store(ulong seed = 1) => new(new RandomSource(seed));

    public static Tensor Noise(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn(shape, generator);
    }

    sealed class RandomSource(ulong seed) : IParameterSource
    {
        ulong next = seed;

        public Tensor? Load(string name, long[] shape, ScalarType dtype, Device device)
        {
            using var scope = TensorScope.Begin();
            var norm = name.Contains("norm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal);
            return TensorScope.Release(Noise(next++, shape) * 0.15 + (norm ? 1 : 0));
        }
    }
}
